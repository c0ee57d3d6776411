"""Give the signing key a successor."""

from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.events import SigningKeyAdded
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.signing_keys import SigningKeyMaker, SigningKeys
from domain.signing_keys import KeyPolicy, SigningKey


@dataclass(frozen=True, slots=True)
class RotateSigningKey:
    """Publish a new key now and let it sign once every verifier must know it (checklist K3)."""

    signing_keys: SigningKeys
    make_signing_key: SigningKeyMaker
    key_policy: KeyPolicy
    clock: Clock
    audit: AuditTrail

    async def __call__(self, *, by: Actor) -> SigningKey | None:
        """The new key, or None if another instance was faster and its key will do.

        The first key of all signs at once: nobody has cached a key set yet.
        """
        keys, now = await self.signing_keys.all(), self.clock()
        signs_from = self._when_it_may_sign(keys, now)
        key = self.make_signing_key(
            max((key.sequence for key in keys), default=0) + 1, now, signs_from
        )
        if not await self.signing_keys.add(key):
            return None
        self.audit(SigningKeyAdded(at=now, key=key.id, signs_from=signs_from, actor=by))
        return key

    def _when_it_may_sign(self, keys: list[SigningKey], now: datetime) -> datetime:
        return now + self.key_policy.published_ahead if keys else now
