"""Makes new signing keys."""

from datetime import datetime

from domain.signing_keys import SigningKey
from infrastructure.security.algorithms import SignatureAlgorithm
from infrastructure.security.encryption import KeyEncryption


class EncryptedSigningKeyMaker:
    """Makes keys of one algorithm; the private key leaves this class only encrypted."""

    def __init__(self, algorithm: str, key_encryption: KeyEncryption) -> None:
        self._algorithm = SignatureAlgorithm.named(algorithm)
        self._key_encryption = key_encryption

    def __call__(self, sequence: int, created_at: datetime, signs_from: datetime) -> SigningKey:
        """A new key, named by its RFC 7638 thumbprint."""
        private_key = self._algorithm.make_private_key()
        key_id = self._algorithm.public_jwk(private_key.public_key())["kid"]
        return SigningKey(
            id=key_id,
            sequence=sequence,
            algorithm=self._algorithm.name,
            encrypted_private_key=self._key_encryption.encrypt(private_key, key_id),
            created_at=created_at,
            signs_from=signs_from,
        )
