"""Finds and checks the client of a request."""

from dataclasses import dataclass

from application.steps.client_lookup import client_with_id
from domain.clients import Client, ClientCredentials, Permission
from domain.errors import (
    ClientIsDisabled,
    ClientNotFound,
    ForeignToken,
    InvalidClient,
    NotAllowed,
)
from domain.events import ClientRefused
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock
from domain.sessions import OwnedSession, PresentingClient


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """Accepts a client by its credentials, or a public client by its id alone.

    Attributes:
        built_in: the id of the built-in public client, which has no row.
    """

    clients: Clients
    built_in: str
    clock: Clock
    audit: AuditTrail

    async def authenticated(self, credentials: ClientCredentials | None) -> Client:
        """The confidential client whose secret was presented.

        Raises:
            InvalidClient: no credentials, a wrong secret, or no such enabled confidential client.
        """
        if credentials is None or credentials.secret is None:
            raise InvalidClient
        client = await client_with_id(self.clients, credentials.client_id)
        if client is None or client.is_disabled or not client.is_proved_by(credentials.secret):
            self.audit(ClientRefused.of(credentials.client_id, at=self.clock()))
            raise InvalidClient
        return client

    async def allowed(
        self, credentials: ClientCredentials | None, permission: Permission
    ) -> Client:
        """The confidential client whose secret was presented, if it is allowed to do that.

        Raises:
            InvalidClient: see `authenticated`.
            NotAllowed: the client lacks the permission.
        """
        client = await self.authenticated(credentials)
        if not client.may(permission):
            raise NotAllowed(permission.value)
        return client

    async def presenting(self, credentials: ClientCredentials | None) -> PresentingClient | None:
        """The client that presents a token; None where the request names none.

        A client that only names itself is not looked up, because its session tells more.

        Raises:
            InvalidClient: a secret was presented, and it is wrong.
        """
        if credentials is None:
            return None
        if credentials.secret is None:
            named = credentials.client_id
            return PresentingClient(None if named == self.built_in else named, is_proved=False)
        return PresentingClient((await self.authenticated(credentials)).id, is_proved=True)

    async def logging_in(
        self, client_id: str | None, credentials: ClientCredentials | None
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
