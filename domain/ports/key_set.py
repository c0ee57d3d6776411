"""The port for the public keys that verifiers of JWTs need."""

from collections.abc import Mapping
from typing import Protocol


class KeySet(Protocol):
    """The public keys of all published signing keys, in two forms (RFC 7517, RFC 7468)."""

    def published(self) -> list[Mapping[str, str]]:
        """One JWK for each key: public members only, with `kid`, `use` and `alg`."""
        ...

    def published_pem(self) -> str:
        """One SubjectPublicKeyInfo in PEM for each key, each below a line with its `kid`."""
        ...
