"""Exchange an assertion of a trusted issuer for a session."""

from dataclasses import dataclass

from application.steps.assertion_check import AssertionCheck
from application.steps.client_check import ClientCheck
from application.steps.proof_check import ProofCheck
from application.steps.session_for_user import SessionForUser
from application.steps.session_opener import OpenedSession
from application.steps.session_terms import Asked, SessionTerms
from application.steps.user_lookup import Subject
from domain.actors import Actor
from domain.assertions import Assertion
from domain.causes import AssertionFlaw
from domain.clients import Client, ClientAuthentication
from domain.errors import InvalidAssertion
from domain.events import AssertionRefused
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.trusted_issuers import TrustedIssuers
from domain.proofs import PresentedProof
from domain.sessions import Origin
from domain.trusted_issuers import TrustedIssuer, is_issuer_id


@dataclass(frozen=True, slots=True)
class ExchangeAssertion:
    """Open a session for the user that an assertion speaks of (RFC 7523 section 2.1).

    A user that does not exist is added, without name and password.
    """

    issuers: TrustedIssuers
    assertion_check: AssertionCheck
    client_check: ClientCheck
    proof_check: ProofCheck
    terms: SessionTerms
    session_for_user: SessionForUser
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self,
        text: str,
        origin: Origin,
        credentials: ClientAuthentication | None,
        proof: PresentedProof | None = None,
        *,
        scope: tuple[str, ...] = (),
        audience: tuple[str, ...] = (),
    ) -> OpenedSession:
        """Open the session.

        Args:
            credentials: the client that presents the assertion; None for the built-in client, or
                for the one that the issuer is bound to.
            proof: of the key that the session is bound to from now on.
            scope, audience: what was asked for, see Grant.

        Raises:
            InvalidClient: see ClientCheck.
            InvalidProof: see ProofCheck.
            InvalidAssertion: nothing proves who the user is.
            UserDisabled, InvalidSubject, InvalidClaims, TooManySessions: the user cannot have a
                session with what the assertion says.
            OutsideTerms: the client's sessions cannot have what was asked for.
            Unavailable: the issuer's keys cannot be fetched, or the database cannot answer.
        """
        client = await self.client_check.opening(credentials)
        key = await self.proof_check.binding(proof)
        issuer_id = None
        try:
            issuer_id = self.assertion_check.verifier.issuer_of(text)
            issuer = await self._trusted(issuer_id)
            assertion = await self.assertion_check(text, issuer.terms.keys, issuer.expected)
            if issuer.terms.client_id is not None:
                client = await self._bound(issuer.terms.client_id, client, credentials)
            asked = self._asked(issuer, assertion, scope, audience, key)
            subject = Subject(issuer.subject_of(assertion))
            self.terms.of(client, asked)  # raises before the assertion is used up
            await self.assertion_check.use(assertion)
        except InvalidAssertion as refused:
            self.audit(AssertionRefused.of(issuer_id, refused.flaw, at=self.clock()))
            raise
        by = Actor.issuer(issuer.id)
        return await self.session_for_user(subject, client, asked, origin, by=by, adding=True)

    async def _trusted(self, issuer_id: str) -> TrustedIssuer:
        issuer = await self.issuers.with_id(issuer_id) if is_issuer_id(issuer_id) else None
        if issuer is None:
            raise InvalidAssertion(AssertionFlaw.UNKNOWN_ISSUER)
        return issuer

    async def _bound(
        self, client_id: str, client: Client | None, credentials: ClientAuthentication | None
    ) -> Client | None:
        """The client that the issuer is bound to, if the request is of that client."""
        if credentials is None:
            return await self.client_check.logging_in(client_id, None)
        if self.client_check.id_of(client) != client_id:
            raise InvalidAssertion(AssertionFlaw.WRONG_CLIENT)
        return client

    def _asked(
        self,
        issuer: TrustedIssuer,
        assertion: Assertion,
        scope: tuple[str, ...],
        audience: tuple[str, ...],
        key: str | None,
    ) -> Asked:
        authenticated_at = assertion.authenticated_at
        return Asked(
            audience=audience,
            scope=scope,
            claims=issuer.claims_of(assertion),
            amr=issuer.amr_of(assertion),
            acr=issuer.acr_of(assertion),
            proof_key=key,
            authenticated_at=None
            if authenticated_at is None
            else min(authenticated_at, self.clock()),
        )
