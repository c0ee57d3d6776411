"""Owns what a session is: one row for life, from log-in until it is ended or expires."""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.causes import EndCause
from domain.refresh_tokens import RefreshToken


class Renewal(StrEnum):
    """How a session's refresh token is renewed; fixed when the session is opened (D1)."""

    REUSABLE = "reusable"
    """The same refresh token serves for the session's whole life."""
    ROTATING = "rotating"
    """Every refresh supersedes the refresh token, so that a copy betrays itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What tells a session's owner which device it is."""

    device: str = ""
    """The User-Agent header as it came, cut to 200 characters."""
    address: str = ""
    """The client's network address as text."""


@dataclass(frozen=True, slots=True)
class Session:
    """A user's stay on one device.

    `generation` is that of the current refresh token, `parent` the one that may still be replayed.
    `rotated_at` is None until the first rotation. The database keeps `secret_digest` only, so
    nothing at rest can produce a token (checklist T3).
    """

    id: UUID
    user_id: UUID
    secret_digest: bytes = field(repr=False)
    renewal: Renewal
    credentials_epoch: int
    opened_at: datetime
    last_used_at: datetime
    expires_at: datetime
    generation: int = 0
    parent: int = 0
    rotated_at: datetime | None = None
    recoveries: int = 0
    ended_at: datetime | None = None
    end_cause: EndCause | None = None
    origin: Origin = Origin()

    @classmethod
    def open(
        cls,
        token: RefreshToken,
        *,
        user_id: UUID,
        credentials_epoch: int,
        renewal: Renewal,
        lifetime: timedelta,
        origin: Origin,
        now: datetime,
    ) -> "Session":
        """Open the session that `token` is the first refresh token of.

        Its absolute expiry is set here and never moves (checklist L2).
        """
        return cls(
            id=token.session_id,
            user_id=user_id,
            secret_digest=token.secret_digest,
            renewal=renewal,
            credentials_epoch=credentials_epoch,
            opened_at=now,
            last_used_at=now,
            expires_at=now + lifetime,
            origin=origin,
        )

    def advance(self, *, beyond: int, parent: int, recoveries: int, now: datetime) -> "Session":
        """Supersede generation `beyond` by the next one; `parent` stays replayable for a while.

        A clock that is back for a while does not make the session look unused afterwards.
        """
        return replace(
            self,
            generation=beyond + 1,
            parent=parent,
            recoveries=recoveries,
            rotated_at=now,
            last_used_at=max(now, self.last_used_at),
        )

    def is_proved_by(self, token: RefreshToken) -> bool:
        """Whether `token` carries this session's secret; compared in constant time (T4)."""
        return hmac.compare_digest(token.secret_digest, self.secret_digest)

    def is_idle_at(self, now: datetime, idle: timedelta) -> bool:
        """Whether it has not been used for longer than `idle` (checklist L1)."""
        return now - self.last_used_at > idle

    def is_expired_at(self, now: datetime) -> bool:
        """Whether its absolute lifetime is over."""
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Owner:
    """What a decision about a session needs to know of its user."""

    roles: tuple[str, ...]
    credentials_epoch: int
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class OwnedSession:
    """A session with its user as both stand now; `owner` is None when the user was deleted."""

    session: Session
    owner: Owner | None

    def is_live_at(self, now: datetime, idle: timedelta) -> bool:
        """Whether it can still be continued by its current refresh token (rules 2 to 4)."""
        session, owner = self.session, self.owner
        return (
            session.ended_at is None
            and not session.is_expired_at(now)
            and not session.is_idle_at(now, idle)
            and owner is not None
            and not owner.is_disabled
            and owner.credentials_epoch == session.credentials_epoch
        )


class AtLimit(StrEnum):
    """What a log-in meets when its user already holds as many sessions as allowed."""

    END_OLDEST = "end-oldest"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class SessionLimit:
    """How many live sessions a user may hold (checklist L13), and which count as live."""

    count: int
    at_limit: AtLimit
    idle: timedelta
