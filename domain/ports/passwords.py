"""How passwords are hashed and verified."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password matched, and whether its hash is weaker than new ones."""

    matches: bool
    outdated: bool = False


class Passwords(Protocol):
    """Slow on purpose, bounded, and off the event loop.

    Raises from both: Unavailable, when too many passwords wait already.
    """

    async def hash(self, password: str) -> str:
        """A new salted hash, with its parameters, as text."""
        ...

    def accepts(self, password_hash: str) -> bool:
        """Whether a password can be verified with this hash, at a bounded cost."""
        ...

    async def verify(
        self, password: str, password_hash: str | None, *, like: str | None = None
    ) -> Verdict:
        """Compare with a hash; with None, with a decoy that nothing matches.

        The decoy costs as much as the hash `like`; as much as a new one if that is None, too.
        """
        ...
