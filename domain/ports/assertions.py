"""How assertions are read, and the keys that verify them."""

from collections.abc import Sequence
from typing import Protocol

from domain.assertions import Assertion
from domain.key_sources import KeySource


class AssertionVerifier(Protocol):
    """Verifies the JWTs of other parties with their public keys."""

    def issuer_of(self, text: str) -> str:
        """What the assertion says of its issuer; nothing is verified.

        Raises:
            InvalidAssertion: MALFORMED.
        """
        ...

    async def verify(self, text: str, keys: KeySource) -> Assertion:
        """The claims, after their signature was verified; whether they hold is not examined.

        A key set that is published somewhere is fetched if this instance has none, and once in a
        while for a key that the present one lacks.

        Raises:
            InvalidAssertion: MALFORMED, UNKNOWN_KEY or WRONG_SIGNATURE.
            Unavailable: the key set cannot be fetched, and none was fetched before.
        """
        ...


class KeySets(Protocol):
    """The key sets of other parties."""

    def checked(self, jwks: str) -> str:
        """The text of a key set, unchanged.

        Raises:
            InvalidKeySource: not a JWK set of public keys that can verify signatures.
        """
        ...

    async def fetch(self, sources: Sequence[KeySource]) -> None:
        """Fetch the present key sets of these sources, and forget those of others.

        Raises:
            Unavailable: names those that cannot be fetched; the others were.
        """
        ...
