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

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        """Compare; with None, against a hash that nothing matches, at the same cost."""
        ...
