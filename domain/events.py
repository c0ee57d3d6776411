"""The audit trail's vocabulary: one event for each security-relevant act.

An event is made from what it reports, by its class method `of`, or by `by`, which takes the actor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from domain.actors import OWNER, PRESENTER, SERVER, Actor
from domain.causes import AssertionFlaw, EndCause, LoginFailure, RefusalCause
from domain.clients import Client
from domain.refresh_tokens import RefreshToken
from domain.sessions import OwnedSession, Session
from domain.signing_keys import SigningKey
from domain.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What happened, when, by whom, and to which user and session.

    `subject` is the user's, as in JWTs. `name` is stable: programs can rely on it. An `alert` needs
    an operator's attention. A kind of event that only one actor causes has that actor by default.
    """

    name: ClassVar[str]
    outcome: ClassVar[str] = "success"
    alert: ClassVar[bool] = False

    at: datetime
    actor: Actor
    subject: str | None = None
    session: UUID | None = None

    @classmethod
    def kinds(cls) -> "Iterator[type[AuditEvent]]":
        """Every kind of event that has a name."""
        for below in cls.__subclasses__():
            yield from below.kinds()
            if "name" in vars(below):
                yield below


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn(AuditEvent):
    name = "loggedIn"

    actor: Actor = PRESENTER

    @classmethod
    def of(cls, subject: str, session: Session) -> Self:
        """A log-in of the user with that subject opened `session`."""
        return cls(at=session.opened_at, subject=subject, session=session.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PasswordRefused(AuditEvent):
    outcome = "failure"

    actor: Actor = PRESENTER
    cause: LoginFailure

    @classmethod
    def of(cls, user: User | None, cause: LoginFailure, *, at: datetime) -> Self:
        """A password did not prove `user`, who is None where no such user exists."""
        return cls(at=at, subject=user.subject if user else None, cause=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(_PasswordRefused):
    name = "loginFailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChangeFailed(_PasswordRefused):
    name = "passwordChangeFailed"

    actor: Actor = OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(AuditEvent):
    """An operator, a back end or an assertion of a trusted issuer opened a session.

    `acting` is who acts for the user in it.
    """

    name = "sessionOpened"

    acting: str | None = None

    @classmethod
    def by(cls, actor: Actor, subject: str, session: Session) -> Self:
        """`actor` opened `session` for the user with that subject."""
        return cls(
            at=session.opened_at,
            subject=subject,
            session=session.id,
            actor=actor,
            acting=session.grant.actor if session.grant else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(AuditEvent):
    name = "sessionEnded"

    cause: EndCause

    @classmethod
    def by(
        cls, actor: Actor, subject: str, session_id: UUID, cause: EndCause, *, at: datetime
    ) -> Self:
        """`actor` ended one of the user's sessions."""
        return cls(at=at, subject=subject, session=session_id, cause=cause, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRefused(AuditEvent):
    """A refresh token continued nothing, and nothing was changed."""

    name = "refreshRefused"
    outcome = "failure"

    actor: Actor = PRESENTER
    cause: RefusalCause

    @classmethod
    def of(
        cls, token: RefreshToken, found: OwnedSession | None, cause: RefusalCause, *, at: datetime
    ) -> Self:
        """`token` was refused; `found` is its session, None where none is stored."""
        subject = found.subject if found else None
        return cls(at=at, subject=subject, session=token.session_id, cause=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(AuditEvent):
    """Rule `reuse` ended a session: a superseded refresh token was presented. Once a session."""

    name = "refreshTokenReused"
    outcome = "failure"
    alert = True

    actor: Actor = SERVER
    cause: EndCause = EndCause.REUSED
    generation: int

    @classmethod
    def of(cls, token: RefreshToken, subject: str, *, at: datetime) -> Self:
        """`token`, of a session of `subject`, was presented again and ended the session."""
        return cls(at=at, subject=subject, session=token.session_id, generation=token.generation)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecovered(AuditEvent):
    """Rule `recovery`: the parent was replayed after its grace period.

    The client lost the answer to its rotation, or a thief is at work.
    """

    name = "answerRecovered"

    actor: Actor = PRESENTER
    generation: int
    recoveries: int

    @classmethod
    def of(cls, recovered: Session, subject: str, *, at: datetime) -> Self:
        """`recovered` is the session after the rotation that skipped the lost successor."""
        return cls(
            at=at,
            subject=subject,
            session=recovered.id,
            generation=recovered.generation,
            recoveries=recovered.recoveries,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationLost(AuditEvent):
    """Rule `lostRotation`: a token was newer than its row, so the database lost a rotation."""

    name = "rotationLost"
    alert = True

    actor: Actor = SERVER
    generation: int
    stored_generation: int

    @classmethod
    def of(cls, stored: Session, successor: Session, subject: str, *, at: datetime) -> Self:
        """`stored` is the session as it was found, older than the token that was presented."""
        return cls(
            at=at,
            subject=subject,
            session=stored.id,
            generation=successor.parent,
            stored_generation=stored.generation,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _UserChanged(AuditEvent):
    @classmethod
    def by(cls, actor: Actor, user: User, *, at: datetime, kept: UUID | None = None) -> Self:
        """`actor` changed `user`; `kept` is the session that survived the change, if any."""
        return cls(at=at, subject=user.subject, session=kept, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOutEverywhere(_UserChanged):
    """All of a user's sessions ended at once, but for `session`, if there is one."""

    name = "loggedOutEverywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(_UserChanged):
    """The password changed, and all sessions ended but for `session`, if there is one."""

    name = "passwordChanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAdded(_UserChanged):
    name = "userAdded"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSet(_UserChanged):
    """A user's name, roles or claims were set."""

    name = "userSet"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDisabled(_UserChanged):
    name = "userDisabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEnabled(_UserChanged):
    name = "userEnabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(_UserChanged):
    name = "userDeleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyAdded(AuditEvent):
    name = "signingKeyAdded"

    key: str
    signs_from: datetime

    @classmethod
    def by(cls, actor: Actor, key: SigningKey) -> Self:
        """`actor` published `key`."""
        return cls(at=key.created_at, key=key.id, signs_from=key.signs_from, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyReencrypted(AuditEvent):
    """The private key is encrypted under the newest server secret now."""

    name = "signingKeyReencrypted"

    actor: Actor = SERVER
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRemoved(AuditEvent):
    name = "signingKeyRemoved"

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClientChanged(AuditEvent):
    client: str

    @classmethod
    def by(cls, actor: Actor, client: Client, *, at: datetime) -> Self:
        """`actor` changed `client`."""
        return cls(at=at, client=client.id, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAdded(_ClientChanged):
    name = "clientAdded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSet(_ClientChanged):
    """What the client is allowed to do, or the terms of its sessions, were set."""

    name = "clientSet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecretAdded(_ClientChanged):
    name = "clientSecretAdded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecretDropped(_ClientChanged):
    name = "clientSecretDropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKeysSet(_ClientChanged):
    """The client got other public keys, or has none any more."""

    name = "clientKeysSet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDisabled(_ClientChanged):
    """All sessions of the client ended at once."""

    name = "clientDisabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEnabled(_ClientChanged):
    name = "clientEnabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDeleted(_ClientChanged):
    """All sessions of the client ended at once."""

    name = "clientDeleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRefused(AuditEvent):
    """A request presented wrong credentials of a client."""

    name = "clientRefused"
    outcome = "failure"

    actor: Actor = PRESENTER
    client: str
    cause: AssertionFlaw | None = None

    @classmethod
    def of(cls, client_id: str, cause: AssertionFlaw | None = None, *, at: datetime) -> Self:
        """The credentials that were presented for `client_id` are wrong.

        `cause` is the flaw of an assertion, None for a wrong secret and an unknown client.
        """
        return cls(at=at, client=client_id, cause=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionRefused(AuditEvent):
    """An assertion that was to open a session proves nothing. `issuer` is what the text says."""

    name = "assertionRefused"
    outcome = "failure"

    actor: Actor = PRESENTER
    issuer: str | None
    cause: AssertionFlaw

    @classmethod
    def of(cls, issuer: str | None, cause: AssertionFlaw, *, at: datetime) -> Self:
        """An assertion of `issuer` was refused, None where the text names none."""
        return cls(at=at, issuer=issuer, cause=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class _IssuerChanged(AuditEvent):
    issuer: str

    @classmethod
    def by(cls, actor: Actor, issuer: str, *, at: datetime) -> Self:
        """`actor` changed whether assertions of `issuer` open sessions."""
        return cls(at=at, issuer=issuer, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerTrusted(_IssuerChanged):
    """Assertions of `issuer` open sessions from now on, or on other terms."""

    name = "issuerTrusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerDeleted(_IssuerChanged):
    """Assertions of `issuer` open no session any more; its sessions continue."""

    name = "issuerDeleted"
