"""List the trusted issuers."""

from dataclasses import dataclass

from domain.ports.trusted_issuers import TrustedIssuers
from domain.trusted_issuers import TrustedIssuer


@dataclass(frozen=True, slots=True)
class ListIssuers:
    """Show whose assertions open sessions."""

    issuers: TrustedIssuers

    async def __call__(self) -> list[TrustedIssuer]:
        """Every trusted issuer, by id."""
        return await self.issuers.all()
