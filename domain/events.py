"""The audit trail's vocabulary: one event per security-relevant act (checklist S2)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.causes import EndCause, Refusal


class Actor(StrEnum):
    """On whose behalf something was done."""

    HOLDER = "holder"
    """Whoever presented the refresh token."""
    SUBJECT = "subject"
    """The user, signed in."""
    OPERATOR = "operator"
    SERVER = "server"


class LoginFailure(StrEnum):
    """Why a log-in failed; for the audit trail and metrics, never for the answer (G1)."""

    UNKNOWN_USER = "unknownUser"
    WRONG_PASSWORD = "wrongPassword"  # noqa: S105 - a cause
    USER_DISABLED = "userDisabled"
    THROTTLED = "throttled"
    TOO_MANY_SESSIONS = "tooManySessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What happened, when, to whom. Subclasses add what is particular to them.

    `name` is stable, for programs. An `alarm` wants a person's attention.
    """

    name: ClassVar[str]
    outcome: ClassVar[str] = "success"
    alarm: ClassVar[bool] = False

    at: datetime
    subject: UUID | None = None
    session: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn(AuditEvent):
    name = "loggedIn"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(AuditEvent):
    name = "loginFailed"
    outcome = "failure"

    cause: LoginFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(AuditEvent):
    """An operator opened a session for trusted automation."""

    name = "sessionOpened"

    actor: Actor = Actor.OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(AuditEvent):
    name = "sessionEnded"

    cause: EndCause
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRefused(AuditEvent):
    """A refresh token continued nothing, and nothing was changed."""

    name = "refreshRefused"
    outcome = "failure"

    cause: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(AuditEvent):
    """Rule 10 ended a session: its refresh token had two holders. Once per session (L6)."""

    name = "refreshTokenReused"
    outcome = "failure"
    alarm = True

    cause: EndCause = EndCause.REUSED
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecovered(AuditEvent):
    """Rule 9: the parent was replayed after its grace, since the answer was lost, or by a thief."""

    name = "answerRecovered"

    generation: int
    recoveries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationLost(AuditEvent):
    """Rule 11: a token was ahead of its row, so the database has lost a rotation."""

    name = "rotationLost"
    alarm = True

    generation: int
    stored_generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOutEverywhere(AuditEvent):
    """All of a user's sessions ended at once; `session` is the one that was kept, if any."""

    name = "loggedOutEverywhere"

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(AuditEvent):
    """The password changed, and all sessions ended but `session`, if given."""

    name = "passwordChanged"

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChangeFailed(AuditEvent):
    name = "passwordChangeFailed"
    outcome = "failure"

    cause: LoginFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAdded(AuditEvent):
    name = "userAdded"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDisabled(AuditEvent):
    name = "userDisabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEnabled(AuditEvent):
    name = "userEnabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(AuditEvent):
    name = "userDeleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyAdded(AuditEvent):
    name = "signingKeyAdded"

    key: str
    signs_from: datetime
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyReencrypted(AuditEvent):
    name = "signingKeyReencrypted"

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRemoved(AuditEvent):
    name = "signingKeyRemoved"

    key: str
    actor: Actor
