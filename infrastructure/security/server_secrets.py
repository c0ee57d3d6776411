"""Owns the server secrets and the keys derived from them, one for each purpose."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True, slots=True)
class DerivedKeys:
    """The keys of one server secret (HKDF, RFC 5869).

    Attributes:
        id: names the server secret in tokens and in encrypted signing keys.
        token_mac: keyed and without a message; copied for each message.
        encryption_key: encrypts the signing keys.
    """

    id: int
    token_mac: hmac.HMAC = field(repr=False)
    encryption_key: bytes = field(repr=False)


class ServerSecrets:
    """All server secrets in use, oldest to newest; the newest makes new tokens and keys.

    A secret must stay in the list as long as tokens or signing keys made with it are in use.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Derive all keys once.

        Raises:
            ValueError: no secret, or two secrets with the same one-byte id (replace one of them).
        """
        if not secrets:
            raise ValueError("There is no server secret.")
        derived = [_derive(secret) for secret in secrets]
        self._by_id = {keys.id: keys for keys in derived}
        if len(self._by_id) < len(derived):
            raise ValueError(
                "Two server secrets share their id. Replace the newest: `remint secret`."
            )
        self.ids = tuple(keys.id for keys in derived)
        self.newest = derived[-1]

    def with_id(self, key_id: int) -> DerivedKeys | None:
        """The keys of the secret with that id; None if it is not in the list."""
        return self._by_id.get(key_id)


def _derive(secret: bytes) -> DerivedKeys:
    return DerivedKeys(
        id=_key(secret, "key id", length=1)[0],
        token_mac=hmac.new(_key(secret, "refresh token mac"), digestmod="sha256"),
        encryption_key=_key(secret, "signing key encryption"),
    )


def _key(secret: bytes, purpose: str, length: int = 32) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=f"remint v1 {purpose}".encode()).derive(secret)
