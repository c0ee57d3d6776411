"""The audit trail's vocabulary: one event for each security-relevant act."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.actors import Actor
from domain.causes import EndCause, Refusal


class LoginFailure(StrEnum):
    """Why a log-in failed; for the audit trail and metrics, never for the answer."""

    UNKNOWN_USER = "unknownUser"
    WRONG_PASSWORD = "wrongPassword"  # noqa: S105 - a cause
    USER_DISABLED = "userDisabled"
    THROTTLED = "throttled"
    TOO_MANY_SESSIONS = "tooManySessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What happened, when, and to which user and session.

    `name` is stable: programs may rely on it. An `alert` needs an operator's attention.
    """

    name: ClassVar[str]
    outcome: ClassVar[str] = "success"
    alert: ClassVar[bool] = False

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

    actor: Actor


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
    """Rule `reuse` ended a session: a superseded refresh token was presented. Once a session."""

    name = "refreshTokenReused"
    outcome = "failure"
    alert = True

    cause: EndCause = EndCause.REUSED
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecovered(AuditEvent):
    """Rule `recovery`: the parent was replayed after its grace period.

    The client lost the answer to its rotation, or a thief is at work.
    """

    name = "answerRecovered"

    generation: int
    recoveries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationLost(AuditEvent):
    """Rule `lostRotation`: a token was newer than its row, so the database lost a rotation."""

    name = "rotationLost"
    alert = True

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

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDisabled(AuditEvent):
    name = "userDisabled"

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEnabled(AuditEvent):
    name = "userEnabled"

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(AuditEvent):
    name = "userDeleted"

    actor: Actor


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
