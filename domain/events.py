"""The audit trail's vocabulary: one event for each security-relevant act.

An event is made from what it reports, by its class method `of`, or by `by`, which takes the actor.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from domain.actors import OWNER, PRESENTER, SERVER, Actor
from domain.causes import EndCause, LoginFailure, RefusalCause
from domain.refresh_tokens import RefreshToken
from domain.sessions import Session
from domain.signing_keys import SigningKey
from domain.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What happened, when, by whom, and to which user and session.

    `name` is stable: programs can rely on it. An `alert` needs an operator's attention. A kind of
    event that only one actor causes has that actor by default.
    """

    name: ClassVar[str]
    outcome: ClassVar[str] = "success"
    alert: ClassVar[bool] = False

    at: datetime
    actor: Actor
    subject: UUID | None = None
    session: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn(AuditEvent):
    name = "loggedIn"

    actor: Actor = PRESENTER

    @classmethod
    def of(cls, session: Session) -> Self:
        """A log-in opened `session`."""
        return cls(at=session.opened_at, subject=session.user_id, session=session.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PasswordRefused(AuditEvent):
    outcome = "failure"

    actor: Actor = PRESENTER
    cause: LoginFailure

    @classmethod
    def of(cls, user: User | None, cause: LoginFailure, *, at: datetime) -> Self:
        """A password did not prove `user`, who is None where no such user exists."""
        return cls(at=at, subject=user.id if user else None, cause=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(_PasswordRefused):
    name = "loginFailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChangeFailed(_PasswordRefused):
    name = "passwordChangeFailed"

    actor: Actor = OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(AuditEvent):
    """An operator opened a session for trusted automation."""

    name = "sessionOpened"

    @classmethod
    def by(cls, actor: Actor, session: Session) -> Self:
        """`actor` opened `session`."""
        return cls(at=session.opened_at, subject=session.user_id, session=session.id, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(AuditEvent):
    name = "sessionEnded"

    cause: EndCause

    @classmethod
    def by(
        cls, actor: Actor, user_id: UUID, session_id: UUID, cause: EndCause, *, at: datetime
    ) -> Self:
        """`actor` ended one of the user's sessions."""
        return cls(at=at, subject=user_id, session=session_id, cause=cause, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRefused(AuditEvent):
    """A refresh token continued nothing, and nothing was changed."""

    name = "refreshRefused"
    outcome = "failure"

    actor: Actor = PRESENTER
    cause: RefusalCause

    @classmethod
    def of(
        cls, token: RefreshToken, session: Session | None, cause: RefusalCause, *, at: datetime
    ) -> Self:
        """`token` was refused; `session` is its session, None where none is stored."""
        subject = session.user_id if session else None
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
    def of(cls, token: RefreshToken, session: Session, *, at: datetime) -> Self:
        """`token` was presented again and ended `session`."""
        return cls(at=at, subject=session.user_id, session=session.id, generation=token.generation)


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
    def of(cls, recovered: Session, *, at: datetime) -> Self:
        """`recovered` is the session after the rotation that skipped the lost successor."""
        return cls(
            at=at,
            subject=recovered.user_id,
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
    def of(cls, stored: Session, successor: Session, *, at: datetime) -> Self:
        """`stored` is the session as it was found, older than the token that was presented."""
        return cls(
            at=at,
            subject=stored.user_id,
            session=stored.id,
            generation=successor.parent,
            stored_generation=stored.generation,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _UserChanged(AuditEvent):
    @classmethod
    def by(cls, actor: Actor, user: User, *, at: datetime, kept: UUID | None = None) -> Self:
        """`actor` changed `user`; `kept` is the session that survived the change, if any."""
        return cls(at=at, subject=user.id, session=kept, actor=actor)


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
