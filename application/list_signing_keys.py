"""List signing keys."""

from dataclasses import dataclass

from domain.ports.environment import Clock
from domain.ports.signing_keys import SigningKeys
from domain.signing_keys import SigningKey, signing_at


@dataclass(frozen=True, slots=True)
class ListSigningKeys:
    """Show every published key, and which key signs."""

    signing_keys: SigningKeys
    clock: Clock

    async def __call__(self) -> list[tuple[SigningKey, bool]]:
        """The keys, oldest first, each with whether it signs now."""
        keys = await self.signing_keys.all()
        current = signing_at(keys, self.clock())
        return [(key, key is current) for key in keys]
