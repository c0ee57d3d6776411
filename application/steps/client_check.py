"""Finds and checks the client of a request."""

from dataclasses import dataclass

from application.steps.assertion_check import AssertionCheck
from application.steps.client_lookup import client_with_id
from domain.assertions import LONGEST_CLIENT_PROOF, Expected
from domain.causes import AssertionFlaw
from domain.clients import (
    Client,
    ClientAssertion,
    ClientAuthentication,
    ClientCredentials,
    Permission,
)
from domain.errors import (
    ClientIsDisabled,
    ClientNotFound,
    ForeignToken,
    InvalidAssertion,
    InvalidClient,
    NotAllowed,
)
from domain.events import ClientRefused
from domain.key_sources import KeySource
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock
from domain.sessions import OwnedSession, PresentingClient


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """Accepts a client by its credentials, or a public client by its id alone.

    Attributes:
        built_in: the id of the built-in public client, which has no row.
        audiences: the names of Remint, of which the `aud` of a client's assertion has one.
    """

    clients: Clients
    assertion_check: AssertionCheck
    built_in: str
    audiences: tuple[str, ...]
    clock: Clock
    audit: AuditTrail

    async def authenticated(self, credentials: ClientAuthentication | None) -> Client:
        """The confidential client that proved itself, by a secret or by an assertion.

        Raises:
            InvalidClient: no credentials, wrong ones, or no such enabled confidential client.
            Unavailable: the database cannot answer.
        """
        if isinstance(credentials, ClientAssertion):
            return await self._asserted(credentials)
        if credentials is None or credentials.secret is None:
            raise InvalidClient
        client = await client_with_id(self.clients, credentials.client_id)
        if client is None or client.is_disabled or not client.is_proved_by(credentials.secret):
            self.audit(ClientRefused.of(credentials.client_id, at=self.clock()))
            raise InvalidClient
        return client

    async def _asserted(self, presented: ClientAssertion) -> Client:
        """The client that signed the assertion, which can do it only once with one `jti`."""
        client_id = presented.client_id or ""
        try:
            client_id = self.assertion_check.verifier.issuer_of(presented.text)
            if presented.client_id not in (None, client_id):
                raise InvalidAssertion(AssertionFlaw.WRONG_CLIENT)
            client = await client_with_id(self.clients, client_id)
            if client is None or client.is_disabled or client.jwks is None:
                raise InvalidAssertion(AssertionFlaw.UNKNOWN_KEY)
            proof = await self.assertion_check(
                presented.text, KeySource(jwks=client.jwks), self._expected(client_id)
            )
            await self.assertion_check.use(proof)
        except InvalidAssertion as refused:
            self.audit(ClientRefused.of(client_id, refused.flaw, at=self.clock()))
            raise InvalidClient from None
        return client

    def _expected(self, client_id: str) -> Expected:
        return Expected(
            issuer=client_id,
            subject=client_id,
            audiences=self.audiences,
            longest=LONGEST_CLIENT_PROOF,
            needs_id=True,
        )

    async def allowed(
        self, credentials: ClientAuthentication | None, permission: Permission
    ) -> Client:
        """The confidential client that proved itself, if it is allowed to do that.

        Raises:
            InvalidClient: see `authenticated`.
            NotAllowed: the client lacks the permission.
        """
        client = await self.authenticated(credentials)
        if not client.may(permission):
            raise NotAllowed(permission.value)
        return client

    async def presenting(self, credentials: ClientAuthentication | None) -> PresentingClient | None:
        """The client that presents a token; None where the request names none.

        A client that only names itself is not looked up, because its session tells more.

        Raises:
            InvalidClient: a secret or an assertion was presented, and it is wrong.
        """
        if credentials is None:
            return None
        if isinstance(credentials, ClientCredentials) and credentials.secret is None:
            named = credentials.client_id
            return PresentingClient(None if named == self.built_in else named, is_proved=False)
        return PresentingClient((await self.authenticated(credentials)).id, is_proved=True)

    async def opening(self, credentials: ClientAuthentication | None) -> Client | None:
        """The client that opens a session without a password; None for the built-in client.

        Raises:
            InvalidClient: see `logging_in`.
        """
        if isinstance(credentials, ClientCredentials) and credentials.secret is None:
            return await self.logging_in(credentials.client_id, None)
        return await self.logging_in(None, credentials)

    def id_of(self, client: Client | None) -> str:
        """The id of a client; None is the built-in one."""
        return self.built_in if client is None else client.id

    async def logging_in(
        self, client_id: str | None, credentials: ClientAuthentication | None
    ) -> Client | None:
        """The client that a user logs in with; None for the built-in client.

        Args:
            client_id: the client that was named, None where none was.

        Raises:
            InvalidClient: no such enabled client; or it is confidential, and did not prove itself;
                or another client did.
        """
        if credentials is not None:
            client = await self.authenticated(credentials)
            if client_id not in (None, client.id):
                raise InvalidClient
            return client
        if client_id in (None, self.built_in):
            return None
        found = await client_with_id(self.clients, client_id)
        if found is None or found.is_disabled or not found.is_public:
            raise InvalidClient
        return found

    async def holding(self, client_id: str | None) -> Client | None:
        """The client that will hold the tokens of a session; None for the built-in client.

        Raises:
            ClientNotFound: no such client; ClientIsDisabled if there is one.
        """
        if client_id in (None, self.built_in):
            return None
        found = await client_with_id(self.clients, client_id)
        if found is None:
            raise ClientNotFound
        if found.is_disabled:
            raise ClientIsDisabled
        return found


def foreign(found: OwnedSession, client: PresentingClient | None) -> InvalidClient:
    """Why a token is refused that its own client did not present."""
    return ForeignToken() if found.is_of_another_than(client) else InvalidClient()
