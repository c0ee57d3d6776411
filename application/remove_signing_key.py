"""Remove a signing key in an emergency."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import SigningKeyNotFound
from domain.events import SigningKeyAdded, SigningKeyRemoved
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.signing_keys import SigningKeyMaker, SigningKeys


@dataclass(frozen=True, slots=True)
class RemoveSigningKey:
    """Take back a key that may have leaked (checklist K4).

    Every JWT that it signed fails as soon as verifiers refresh their copy of the key set; clients
    refresh and go on. If it was the youngest key, a new one signs at once.
    """

    signing_keys: SigningKeys
    make_signing_key: SigningKeyMaker
    clock: Clock
    audit: AuditTrail

    async def __call__(self, key_id: str, *, by: Actor) -> None:
        """Afterwards the key neither signs nor verifies.

        Raises:
            SigningKeyNotFound: no key of that id.
        """
        keys, now = await self.signing_keys.all(), self.clock()
        if key_id not in {key.id for key in keys}:
            raise SigningKeyNotFound
        if all(key.id == key_id or key.signs_from > now for key in keys):
            successor = self.make_signing_key(keys[-1].sequence + 1, now, now)
            if await self.signing_keys.add(successor):
                self.audit(SigningKeyAdded(at=now, key=successor.id, signs_from=now, actor=by))
        if await self.signing_keys.remove(key_id):
            self.audit(SigningKeyRemoved(at=now, key=key_id, actor=by))
