"""Ports with metrics and spans around another adapter of the same port."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from domain.access_tokens import AccessToken
from domain.events import AuditEvent, LoggedIn, LoginFailed
from domain.ports.passwords import Passwords, Verdict
from domain.ports.tokens import AccessTokens
from infrastructure.telemetry.audit_log import AuditLog, Fields, fields_of
from infrastructure.telemetry.metrics import NO_CAUSE, Instruments
from infrastructure.telemetry.operations import UNOBSERVED, Observer

LOGINS = (LoggedIn.name, LoginFailed.name)


@dataclass(frozen=True, slots=True)
class ObservedPasswords:
    """The port Passwords: measures and traces both operations, and counts the pending calls."""

    passwords: Passwords
    instruments: Instruments
    spans: Observer

    async def hash(self, password: str) -> str:
        with self._observed("passwords.hash"):
            return await self.passwords.hash(password)

    def accepts(self, password_hash: str) -> bool:
        return self.passwords.accepts(password_hash)

    async def verify(
        self, password: str, password_hash: str | None, *, like: str | None = None
    ) -> Verdict:
        with self._observed("passwords.verify"):
            return await self.passwords.verify(password, password_hash, like=like)

    @contextmanager
    def _observed(self, operation: str) -> Iterator[None]:
        with (
            self.spans.operation(operation),
            self.instruments.passwords_pending.track_inprogress(),
            self.instruments.password_seconds.labels(operation).time(),
        ):
            yield


@dataclass(frozen=True, slots=True)
class TracedAccessTokens:
    """The port AccessTokens: a span around each signature and each verification."""

    access_tokens: AccessTokens
    spans: Observer

    def sign(self, token: AccessToken) -> str:
        with self.spans.operation("access_tokens.sign"):
            return self.access_tokens.sign(token)

    async def verify(self, text: str, *, any_audience: bool = False) -> AccessToken:
        with self.spans.operation("access_tokens.verify"):
            return await self.access_tokens.verify(text, any_audience=any_audience)


def traced(access_tokens: AccessTokens, spans: Observer) -> AccessTokens:
    """The port with spans; unchanged if traces are off, because every refresh signs a JWT."""
    return access_tokens if spans is UNOBSERVED else TracedAccessTokens(access_tokens, spans)


@dataclass(frozen=True, slots=True)
class CountedAudit:
    """The port AuditTrail: counts each event, and log-ins by their cause."""

    audit: AuditLog
    instruments: Instruments

    def __call__(self, event: AuditEvent) -> None:
        self.write(fields_of(event))

    def write(self, line: Fields) -> None:
        """Write and count an event of this process or of another."""
        self.audit.write(line)
        self.instruments.audit_events.labels(line["event"]).inc()
        if line["event"] in LOGINS:
            cause = str(line.get("cause", NO_CAUSE))
            self.instruments.logins.labels(line["outcome"], cause).inc()
