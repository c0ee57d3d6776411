"""Trust an issuer no more."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import TrustedIssuerNotFound
from domain.events import IssuerDeleted
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.trusted_issuers import TrustedIssuers


@dataclass(frozen=True, slots=True)
class DeleteIssuer:
    """Accept no assertion of an issuer any more. The sessions that it opened continue."""

    issuers: TrustedIssuers
    clock: Clock
    audit: AuditTrail

    async def __call__(self, issuer_id: str, *, by: Actor) -> None:
        """Delete the issuer.

        Raises:
            TrustedIssuerNotFound: the issuer is not trusted.
        """
        if not await self.issuers.delete(issuer_id):
            raise TrustedIssuerNotFound
        self.audit(IssuerDeleted.by(by, issuer_id, at=self.clock()))
