"""Devices on a lossy network, refreshing against the real use cases in simulated time."""

import heapq
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from domain.errors import InvalidRefreshToken
from tests.support.fakes.builders import DAY, NOON, OPERATOR, SECOND
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes, some_terms

JWT_LIFE = 600.0
"""Seconds between two refreshes of one device."""
TIMEOUT = 5.0
"""Seconds after which a client takes an answer for lost."""
LATENCY = (0.02, 0.4)

Act = Callable[[], Awaitable[None]]


@dataclass
class Timeline:
    """What happens when; the server's clock follows."""

    house: UseCasesOverFakes
    now: float = 0.0
    due: list[tuple[float, int, Act]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=itertools.count)

    def after(self, seconds: float, act: Act) -> None:
        heapq.heappush(self.due, (self.now + seconds, next(self.order), act))

    async def run_until(self, is_done: Callable[[], bool]) -> None:
        while self.due and not is_done():
            self.now, _, act = heapq.heappop(self.due)
            self.house.clock.now = NOON + self.now * SECOND
            await act()


@dataclass
class Figures:
    """The counters of a run."""

    refreshes: int = 0
    log_outs: int = 0


@dataclass
class Network:
    """Loses answers: the server has done its part, and the client receives nothing."""

    chance: random.Random
    loss: float = 0.0

    def latency(self) -> float:
        return self.chance.uniform(*LATENCY)

    def loses(self) -> bool:
        return self.chance.random() < self.loss


@dataclass
class Device:
    """Tabs on one store. All wake when the JWT runs out, and nothing makes them take turns."""

    timeline: Timeline
    network: Network
    figures: Figures
    tabs: int = 1
    retries: bool = True
    jitter: float = 0.0
    token: str = ""
    is_owner: bool = True
    gave_up: bool = False

    async def start(self) -> None:
        if self.is_owner:
            self.token = await self._log_in()
        self.timeline.after(self._pause(), self._wake)

    async def _wake(self) -> None:
        if self.gave_up:
            return
        for _ in range(self.tabs):
            self.timeline.after(self.network.chance.random(), self._request(TIMEOUT))
        self.timeline.after(self._pause(), self._wake)

    def _pause(self) -> float:
        return JWT_LIFE + self.network.chance.uniform(-self.jitter, self.jitter)

    def _request(self, patience: float) -> Act:
        """A tab reads the store and asks; how long it will wait before it asks once more."""

        async def read_and_send() -> None:
            if not self.gave_up:
                self.timeline.after(self.network.latency(), self._arrival(self.token, patience))

        return read_and_send

    def _arrival(self, presented: str, patience: float) -> Act:
        async def arrive() -> None:
            self.figures.refreshes += 1
            try:
                refreshed = await self.timeline.house.refresh(presented)
            except InvalidRefreshToken:
                await self._refused(presented)
                return
            if not self.network.loses():
                answer = refreshed.refresh_token or presented
                self.timeline.after(self.network.latency(), self._receipt(answer))
            elif self.retries and patience < JWT_LIFE / 4:
                self.timeline.after(patience, self._request(2 * patience))

        return arrive

    def _receipt(self, answer: str) -> Act:
        async def receive() -> None:
            self.token = answer

        return receive

    async def _refused(self, presented: str) -> None:
        if not self.is_owner:
            self.gave_up = True
        elif presented == self.token:
            self.figures.log_outs += 1
            self.token = await self._log_in()

    async def _log_in(self) -> str:
        opened = await self.timeline.house.can.operators.open_session(
            "someone", ORIGIN, by=OPERATOR
        )
        return opened.refresh_token


async def a_timeline() -> Timeline:
    """A server with one user, whose sessions outlast the simulation."""
    house = UseCasesOverFakes(terms=some_terms(lifetime=36_500 * DAY))
    await house.add_user()
    return Timeline(house)
