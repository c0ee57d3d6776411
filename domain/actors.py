"""Owns on whose behalf something was done."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """In what capacity an actor acted."""

    PRESENTER = "presenter"
    """Presented a password or a refresh token: the owner, or a thief."""
    OWNER = "owner"
    """The user that the session belongs to, signed in with a JWT."""
    OPERATOR = "operator"
    """An administrator, at a shell of the server."""
    CLIENT = "client"
    """A back end, with the credentials of a client."""
    ISSUER = "issuer"
    """A trusted issuer, by an assertion."""
    SERVER = "server"
    """Remint itself: by a rule, or in a periodic task."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The kind of the party that acted. An operator, a client and an issuer have a name."""

    kind: ActorKind
    name: str = ""

    @classmethod
    def operator(cls, name: str) -> "Actor":
        """The operator of that name."""
        return cls(ActorKind.OPERATOR, name)

    @classmethod
    def client(cls, client_id: str) -> "Actor":
        """The client with that id."""
        return cls(ActorKind.CLIENT, client_id)

    @classmethod
    def issuer(cls, issuer_id: str) -> "Actor":
        """The trusted issuer of that name."""
        return cls(ActorKind.ISSUER, issuer_id)


PRESENTER = Actor(ActorKind.PRESENTER)
OWNER = Actor(ActorKind.OWNER)
SERVER = Actor(ActorKind.SERVER)
