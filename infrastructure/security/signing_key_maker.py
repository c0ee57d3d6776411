"""Makes new signing keys."""

from datetime import datetime

from domain.signing_keys import SigningKey
from infrastructure.security.algorithms import SignatureAlgorithm
from infrastructure.security.encryption import Sealer


class SealedSigningKeyMaker:
    """Makes keys of one algorithm; the private half leaves this place only sealed."""

    def __init__(self, algorithm: str, sealer: Sealer) -> None:
        self._algorithm = SignatureAlgorithm.named(algorithm)
        self._sealer = sealer

    def __call__(self, sequence: int, created_at: datetime, signs_from: datetime) -> SigningKey:
        """A new key, named by its RFC 7638 thumbprint (checklist K1)."""
        private_key = self._algorithm.make_private_key()
        key_id = self._algorithm.public_jwk(private_key.public_key())["kid"]
        return SigningKey(
            id=key_id,
            sequence=sequence,
            algorithm=self._algorithm.name,
            sealed=self._sealer.seal(private_key, key_id),
            created_at=created_at,
            signs_from=signs_from,
        )
