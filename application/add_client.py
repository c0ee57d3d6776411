"""Add a client."""

from dataclasses import dataclass, field
from datetime import timedelta

from domain.actors import Actor
from domain.clients import Client, ClientTerms, new_client_id, new_secret, new_terms
from domain.errors import ClientIsBuiltIn
from domain.events import ClientAdded
from domain.ports.assertions import KeySets
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock, Entropy


@dataclass(frozen=True, slots=True)
class AddedClient:
    """A new client, and its secret if it has one. The secret is stored nowhere."""

    client: Client
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class AddClient:
    """Add a client, public or confidential for good.

    Attributes:
        built_in: the id of the built-in client, which no other client can have.
        jwt_lifetime: how long a JWT is valid.
    """

    clients: Clients
    key_sets: KeySets
    built_in: str
    jwt_lifetime: timedelta
    clock: Clock
    entropy: Entropy
    audit: AuditTrail

    async def __call__(
        self,
        client_id: str,
        terms: ClientTerms,
        *,
        is_public: bool,
        jwks: str | None = None,
        by: Actor,
    ) -> AddedClient:
        """Add the client; a confidential one gets its first secret, unless it has keys.

        Args:
            jwks: the text of a JWK set with the keys of a confidential client.

        Raises:
            InvalidClientId, InvalidClientTerms: no client can have that id or these terms.
            InvalidKeySource: no client can have these keys.
            ClientIsBuiltIn: the id is the built-in client's.
            ClientIdTaken: another client has that id.
        """
        terms = new_terms(terms, is_public=is_public, jwt_lifetime=self.jwt_lifetime)
        client_id = new_client_id(client_id)
        if client_id == self.built_in:
            raise ClientIsBuiltIn
        client = Client.public(client_id, terms, now=self.clock(), entropy=self.entropy)
        secret = None
        if jwks is not None:
            client = client.as_confidential_by_keys(self.key_sets.checked(jwks))
        elif not is_public:
            secret = new_secret(self.entropy)
            client = client.as_confidential(secret)
        await self.clients.add(client)
        self.audit(ClientAdded.by(by, client, at=client.created_at))
        return AddedClient(client, secret)
