"""Who hashes and verifies passwords."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password matched, and whether its hash is weaker than new ones (checklist G3)."""

    matches: bool
    outdated: bool = False


class Passwords(Protocol):
    """Slow on purpose, bounded, and off the event loop (checklist G4).

    Raises from both: Unavailable, when too many are waiting already.
    """

    async def hash(self, password: str) -> str:
        """A new salted hash, with its parameters, as text."""
        ...

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        """Compare; with None, against a hash that nothing matches, at the same cost (G2)."""
        ...
