"""Give the signing key a successor."""

from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.events import SigningKeyAdded
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.signing_key_maker import SigningKeyMaker
from domain.ports.signing_keys import SigningKeys
from domain.signing_keys import KeyPolicy, SigningKey


@dataclass(frozen=True, slots=True)
class RotateSigningKey:
    """Publish a new key now; it signs as soon as every verifier has loaded the new key set."""

    signing_keys: SigningKeys
    make_signing_key: SigningKeyMaker
    key_policy: KeyPolicy
    clock: Clock
    audit: AuditTrail

    async def __call__(self, *, by: Actor) -> SigningKey | None:
        """The new key, or None if another instance has just published one, which is as good.

        The first key of all signs at once, because no verifier has cached a key set yet.
        """
        keys, now = await self.signing_keys.all(), self.clock()
        sequence = max((key.sequence for key in keys), default=0) + 1
        key = self.make_signing_key(sequence, now, self._signs_from(keys, now))
        if not await self.signing_keys.add(key):
            return None
        self.audit(SigningKeyAdded.by(by, key))
        return key

    def _signs_from(self, keys: list[SigningKey], now: datetime) -> datetime:
        return now + self.key_policy.published_ahead if keys else now
