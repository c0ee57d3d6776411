"""Clients that behave as docs/sessions.md asks, and count what they go through."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.support.faults.refreshing import cause, refresh

OUTAGES = {502, 503, 504}
"""503 is Remint's own; the others are a proxy's that found no instance."""


@dataclass
class Figures:
    """What all clients together went through.

    Attributes:
        faults: attempts that got no answer or an outage, by kind.
        refusals: 4xx and 500 answers, each of which should never have been.
        longest: seconds from a client's first attempt to the answer, at worst.
    """

    answered: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    longest: float = 0.0

    def __str__(self) -> str:
        faults = ", ".join(f"{count} {kind}" for kind, count in self.faults.most_common()) or "none"
        return (
            f"{self.answered + self.faults.total()} requests, {self.answered} answered, "
            f"faults: {faults}; log-outs and errors: {len(self.refusals)}; "
            f"longest wait {self.longest:.1f} s"
        )


@dataclass
class HonestClient:
    """One device with one session: it stores a token before it uses it, gives up by closing the
    connection, tries the next instance with the same token, and stops only at a 4xx.

    Attributes:
        history: every token it ever stored, the one it uses now last.
    """

    http: httpx.AsyncClient
    urls: Sequence[str]
    figures: Figures
    history: list[str]
    timeout: float = 1.5
    is_refused: bool = False

    async def refresh(self) -> None:
        """Repeat until there is an answer."""
        began = time.monotonic()
        for url in itertools.cycle(random.sample(self.urls, len(self.urls))):
            try:
                async with asyncio.timeout(self.timeout):
                    answer = await refresh(self.http, url, self.history[-1])
            except (TimeoutError, httpx.TransportError) as fault:
                self.figures.faults[type(fault).__name__] += 1
            else:
                if answer.status_code not in OUTAGES:
                    self._store(answer)
                    break
                self.figures.faults[f"{answer.status_code} {_reason(answer)}".strip()] += 1
            await asyncio.sleep(random.uniform(0.05, 0.2))
        self.figures.longest = max(self.figures.longest, time.monotonic() - began)

    def _store(self, answer: httpx.Response) -> None:
        if answer.status_code != 200:
            self.is_refused = True
            self.figures.refusals.append(f"{answer.status_code} {cause(answer)}")
            return
        self.figures.answered += 1
        token = answer.json()["refreshToken"]
        if token != self.history[-1]:
            self.history.append(token)


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except ValueError:  # a proxy's own page
        return ""


@asynccontextmanager
async def at_work(clients: Sequence[HonestClient], *, pause: float = 0.1) -> AsyncIterator[None]:
    """While entered, all clients refresh; afterwards each has finished its last refresh."""
    ending = asyncio.Event()

    async def work(client: HonestClient) -> None:
        while not ending.is_set() and not client.is_refused:
            await client.refresh()
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)

    tasks = [asyncio.create_task(work(client)) for client in clients]
    try:
        yield
        ending.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 60.0)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def all_go_on(clients: Sequence[HonestClient]) -> None:
    """Every client still refreshes, and none was ever refused."""
    await asyncio.gather(*(client.refresh() for client in clients))
    figures = clients[0].figures
    assert figures.refusals == [], f"{figures}; {figures.refusals}"


async def nothing_superseded_lives(clients: Sequence[HonestClient]) -> int:
    """No token works that its client left behind, and its replay ends the session.

    The last two are spared: the current one and its parent, whose answer can have been lost.
    Answers how many tokens were tried.
    """
    tried = 0
    for client in clients:
        await client.refresh()
        for token in client.history[:-2][-5:]:
            answer = await refresh(client.http, client.urls[0], token)
            assert answer.status_code == 401, (answer.text, client.history.index(token))
            tried += 1
    assert tried > 0
    return tried
