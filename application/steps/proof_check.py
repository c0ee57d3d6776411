"""Accepts a proof of possession, once."""

from dataclasses import dataclass

from domain.causes import ProofFlaw
from domain.errors import InvalidProof
from domain.ports.environment import Clock
from domain.ports.proofs import Nonces, ProofVerifier
from domain.ports.used_ids import UsedIds
from domain.proofs import PresentedProof, ProofPolicy


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """Accepts proofs of possession (RFC 9449 section 4.3)."""

    verifier: ProofVerifier
    nonces: Nonces
    used: UsedIds
    policy: ProofPolicy
    clock: Clock

    async def __call__(
        self, presented: PresentedProof | None, *, key: str | None = None, token: str | None = None
    ) -> str:
        """The thumbprint of the key that the request has.

        Args:
            key: the thumbprint that the session is bound to; None for every key.
            token: the JWT that is presented with the proof; None for none.

        Raises:
            InvalidProof: names the flaw. Nobody used the proof up.
            Unavailable: the database cannot answer.
        """
        if presented is None:
            raise InvalidProof(ProofFlaw.MISSING)
        proof, now = self.verifier.read(presented.text), self.clock()
        nonce_made_at = None if proof.nonce is None else self.nonces.made_at(proof.nonce)
        flaw = self.policy.flaw(
            proof, presented, now, key=key, token=token, nonce_made_at=nonce_made_at
        )
        if flaw is not None:
            nonce = self.nonces.make(now) if flaw is ProofFlaw.NONCE_NEEDED else None
            raise InvalidProof(flaw, nonce)
        until = self.policy.over_at(nonce_made_at or proof.issued_at)
        if not await self.used.use(f"dpop {proof.key}", proof.id, until):
            raise InvalidProof(ProofFlaw.REPLAYED)
        return proof.key

    async def binding(self, presented: PresentedProof | None) -> str | None:
        """The thumbprint that a new session is bound to; None for none.

        Raises:
            InvalidProof: a wrong proof; or none, and every new session is bound.
        """
        if presented is None and not self.policy.is_required:
            return None
        return await self(presented)
