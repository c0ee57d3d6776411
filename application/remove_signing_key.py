"""Remove a signing key in an emergency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.errors import SigningKeyNotFound
from domain.events import SigningKeyAdded, SigningKeyRemoved
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.signing_key_maker import SigningKeyMaker
from domain.ports.signing_keys import SigningKeys
from domain.signing_keys import SigningKey


@dataclass(frozen=True, slots=True)
class RemoveSigningKey:
    """Remove a signing key, for example because it leaked.

    Every JWT that the key signed fails as soon as verifiers load the key set again; clients
    refresh and continue. If no other key signs yet, a new key signs at once.

    The two writes need not agree. The new key comes first: if the removal then fails, two keys are
    published, which is harmless, and the operator repeats the command. If another instance takes
    the new key's sequence number first, that instance's key signs instead.
    """

    signing_keys: SigningKeys
    make_signing_key: SigningKeyMaker
    clock: Clock
    audit: AuditTrail

    async def __call__(self, key_id: str, *, by: Actor) -> None:
        """Remove the key: afterwards it neither signs nor verifies.

        Raises:
            SigningKeyNotFound: no key has that id.
        """
        keys, now = await self.signing_keys.all(), self.clock()
        if key_id not in {key.id for key in keys}:
            raise SigningKeyNotFound
        if all(key.id == key_id or key.signs_from > now for key in keys):
            await self._add_successor(keys, by, now)
        removed_at = self.clock()
        if await self.signing_keys.remove(key_id, revoked_at=removed_at):
            self.audit(SigningKeyRemoved(at=removed_at, key=key_id, actor=by))

    async def _add_successor(self, keys: Sequence[SigningKey], by: Actor, now: datetime) -> None:
        successor = self.make_signing_key(keys[-1].sequence + 1, now, now)
        if await self.signing_keys.add(successor):
            self.audit(SigningKeyAdded.by(by, successor))
