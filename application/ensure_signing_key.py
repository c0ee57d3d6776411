"""Make the first signing key, once, however many instances start together."""

from dataclasses import dataclass

from domain.events import Actor, SigningKeyAdded
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.signing_keys import SigningKeyMaker, SigningKeys


@dataclass(frozen=True, slots=True)
class EnsureSigningKey:
    """A new installation signs from its first moment on: nobody has cached a key set yet."""

    keys: SigningKeys
    make: SigningKeyMaker
    clock: Clock
    audit: AuditTrail

    async def __call__(self) -> None:
        """Afterwards there is a signing key, made by exactly one of those who asked."""
        if await self.keys.all():
            return
        now = self.clock()
        key = self.make(1, now, now)
        if await self.keys.add(key):
            self.audit(SigningKeyAdded(at=now, key=key.id, signs_from=now, actor=Actor.SERVER))
