"""A server, its data and its clock, and what one log-in has seen of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from application.steps.session_opener import OpenedSession
from application.steps.user_lookup import Subject
from domain.actors import Actor
from domain.causes import EndCause, RefusalCause
from domain.claims import NONE
from domain.clients import ClientTerms
from domain.decision_table import End, Refuse, RenewalPolicy, Rule, decide
from domain.errors import InvalidRefreshToken, UserNotFound
from domain.sessions import OwnedSession
from tests.support.fakes.builders import IDLE, OPERATOR
from tests.support.fakes.fakes import Patience
from tests.support.fakes.stores import Stores
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes

BACK_END = Actor.client("shop")
CLIENT = "app"
POLICY = RenewalPolicy()
ADVANCING = {Rule.ROTATION, Rule.RECOVERY, Rule.LOST_ROTATION}

Result = TypeVar("Result")


class Restartable(Protocol):
    """Data that outlive a process."""

    def connect(self) -> Stores:
        """A process's way to the data."""
        ...

    async def disconnect(self) -> None:
        """The process is gone."""
        ...

    def back_up(self) -> Callable[[], None] | None:
        """How to return to the data of now; None where this storage cannot."""
        ...


@dataclass(slots=True)
class LogIn:
    """One session, as the device that holds it, its thief and an onlooker know it."""

    opened: OpenedSession
    stored: str
    used_at: datetime
    past: list[str] = field(default_factory=list)
    handed_out: set[str] = field(default_factory=set)
    losses: int = 0
    stolen: str | None = None
    was_stolen: bool = False
    server_forgot: bool = False
    is_over: bool = False

    @property
    def is_clients(self) -> bool:
        """Whether the session is of another client than the built-in one."""
        return self.opened.session.client_id is not None


class SessionWorld:
    """What happens to a user's log-ins, and which refusals are fair."""

    def __init__(self, storage: Restartable) -> None:
        self._loop = asyncio.new_event_loop()
        self._storage = storage
        self.house = UseCasesOverFakes(storage.connect())
        self.latest = self.house.clock()
        self.log_ins: list[LogIn] = []
        self.claims = NONE
        self.run(self.house.add_user())
        self.log_in()

    @property
    def current(self) -> LogIn:
        return self.log_ins[-1]

    def run(self, act: Awaitable[Result]) -> Result:
        async def whole() -> Result:
            return await act

        return self._loop.run_until_complete(whole())

    def close(self) -> None:
        self.run(self._storage.disconnect())
        self._loop.close()

    def restart(self) -> None:
        self.run(self._storage.disconnect())
        self.house = self.house.restarted(self._storage.connect())

    def set_clock(self, now: datetime) -> None:
        self.house.clock.now = now
        self.latest = max(self.latest, now)

    def log_in(self, client_id: str | None = None) -> None:
        """Open a session that is the user's latest one."""
        [user] = self.run(self.house.can.operators.list_users()).items
        self.claims = user.claims
        opened = self.run(
            self.house.can.back_ends.open_session(
                Subject(user.subject), ORIGIN, by=BACK_END, client_id=client_id
            )
        )
        token = opened.refresh_token
        self.log_ins.append(
            LogIn(opened, token, self.house.clock(), past=[token], handed_out={token})
        )

    def refresh(self, token: str, *, waits: bool = True) -> str | None:
        """The token that the server answers; None when it refused, which has to be fair."""
        log_in = self.current
        try:
            refreshed = self.run(self.house.refresh(token, Patience(waits)))
        except InvalidRefreshToken as refused:
            self._check(refused.cause)
            return None
        assert refreshed.refresh_token is not None
        assert self.house.jwts.signed[refreshed.jwt].claims == self.claims
        log_in.handed_out.add(refreshed.refresh_token)
        if refreshed.rule in ADVANCING:
            log_in.used_at = max(log_in.used_at, self.house.clock())
        return refreshed.refresh_token

    def add_or_enable_client(self) -> None:
        """Let new sessions be the client's, whatever became of it."""
        operators = self.house.can.operators
        if not self.run(operators.list_clients()):
            self.run(operators.add_client(CLIENT, ClientTerms(), is_public=True, by=OPERATOR))
        self.run(operators.enable_client(CLIENT, by=OPERATOR))

    def change_claims(self, claims: str) -> None:
        """Change the user's custom claims, which JWTs have from now on."""
        self.claims = claims
        key = Subject(self.current.opened.subject)
        change = partial(replace, claims=claims)
        self.run(self.house.can.back_ends.set_user(key, change, by=BACK_END))

    def store(self, answer: str | None) -> None:
        """The device received an answer."""
        if answer is not None:
            self.current.stored = answer
            self.current.past.append(answer)
            self.current.losses = 0

    def find(self) -> OwnedSession | None:
        return self.run(self.house.stores.sessions.find(self.current.opened.session.id))

    def refuses(self, token: str) -> bool:
        """Whether a token of an earlier log-in gets nothing."""
        try:
            self.run(self.house.refresh(token))
        except (InvalidRefreshToken, UserNotFound):
            return True
        return False

    def alive(self) -> set[int]:
        """The generations that were handed out and would be answered now."""
        found, now = self.find(), self.house.clock()
        tokens = [self.house.codec.read(text) for text in self.current.handed_out]
        return {
            token.generation
            for token in tokens
            if not isinstance(decide(found, token, now, POLICY), Refuse | End)
        }

    def back_up(self) -> Callable[[], None] | None:
        restore, log_in, used_at = self._storage.back_up(), self.current, self.current.used_at
        if restore is None:
            return None

        def everything() -> None:
            restore()
            log_in.used_at, log_in.server_forgot = used_at, True

        return everything

    def _check(self, cause: RefusalCause) -> None:
        log_in, now = self.current, self.house.clock()
        log_in.is_over = True
        match cause:
            case RefusalCause.IDLE:
                assert now - log_in.used_at > IDLE
            case RefusalCause.EXPIRED:
                assert now >= log_in.opened.session.expires_at
            case _:
                assert cause is RefusalCause.REUSED
                assert log_in.was_stolen, "an honest client was logged out"
                found = self.find()
                assert found is not None
                assert found.session.end_cause is EndCause.REUSED


def beyond_every_window() -> timedelta:
    """So much later, no window of the table is open any more."""
    return max(POLICY.coalesce, POLICY.grace) + timedelta(seconds=1)
