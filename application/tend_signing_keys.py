"""Tend the signing keys, as a periodic task of the server."""

from dataclasses import dataclass

from application.rotate_signing_key import RotateSigningKey
from domain.actors import SERVER
from domain.events import SigningKeyReencrypted, SigningKeyRemoved
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.signing_key_encryption import SigningKeyEncryption
from domain.ports.signing_keys import SigningKeys
from domain.signing_keys import KeyPolicy, is_rotation_due, outlived_at


@dataclass(frozen=True, slots=True)
class TendSigningKeys:
    """Make the first key, rotate by age, remove keys whose last JWT has expired, and re-encrypt
    the others under the newest server secret, so that an older secret can be retired.

    Several instances can do it at once: only one of them takes each sequence number.
    """

    signing_keys: SigningKeys
    rotate_signing_key: RotateSigningKey
    key_encryption: SigningKeyEncryption
    key_policy: KeyPolicy
    clock: Clock
    audit: AuditTrail

    async def __call__(self) -> None:
        """Leave behind a key that signs, and no key that is overdue."""
        keys, now = await self.signing_keys.all(), self.clock()
        if is_rotation_due(keys, now, self.key_policy):
            await self.rotate_signing_key(by=SERVER)
        for key in outlived_at(keys, now, self.key_policy):
            if await self.signing_keys.remove(key.id):
                self.audit(SigningKeyRemoved(at=now, key=key.id, actor=SERVER))
        for key in keys:
            reencrypted = self.key_encryption.reencrypted(key)
            if reencrypted is not None and await self.signing_keys.replace(key, reencrypted):
                self.audit(SigningKeyReencrypted(at=now, key=key.id))
