"""Trust an issuer: its assertions open sessions from now on."""

from dataclasses import dataclass, replace

from application.steps.client_check import ClientCheck
from domain.actors import Actor
from domain.events import IssuerTrusted
from domain.key_sources import KeySource, published_at
from domain.ports.assertions import KeySets
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.trusted_issuers import TrustedIssuers
from domain.trusted_issuers import IssuerTerms, TrustedIssuer, new_issuer_id, new_issuer_terms


@dataclass(frozen=True, slots=True)
class TrustIssuer:
    """Trust an issuer, or trust it on other terms."""

    issuers: TrustedIssuers
    key_sets: KeySets
    client_check: ClientCheck
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, issuer_id: str, terms: IssuerTerms, *, replacing: bool = False, by: Actor
    ) -> TrustedIssuer:
        """Trust the issuer, and return it as stored.

        Args:
            replacing: whether the terms of an issuer that is trusted already are replaced.

        Raises:
            InvalidTrustedIssuer, InvalidKeySource: no issuer can have these terms.
            ClientNotFound: the issuer is bound to a client that does not exist.
            TrustedIssuerExists: the issuer is trusted already, and is not to be replaced.
        """
        terms = replace(new_issuer_terms(terms), keys=self._checked(terms.keys))
        issuer = TrustedIssuer(new_issuer_id(issuer_id), terms, self.clock())
        await self.client_check.holding(terms.client_id)
        if not (replacing and await self.issuers.replace(issuer)):
            await self.issuers.add(issuer)
        self.audit(IssuerTrusted.by(by, issuer.id, at=issuer.created_at))
        return issuer

    def _checked(self, keys: KeySource) -> KeySource:
        if keys.url:
            return published_at(keys.url, keys.reach)
        return KeySource(jwks=self.key_sets.checked(keys.jwks))
