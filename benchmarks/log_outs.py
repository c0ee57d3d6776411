"""How soon a log-out reaches the services that follow two instances of one database."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
import jwt

from benchmarks.filling import Filled
from benchmarks.rows import remint
from testing.published_haproxy import published_haproxy
from testing.published_nginx import published_nginx

FOLLOWERS = 100
HOSTS = range(1, 5)
HEADINGS = ("", "log-outs", "p50 ms", "p99 ms", "worst ms")
WAYS = ("directly", "through nginx", "through HAProxy")


@dataclass(slots=True)
class Reached:
    """Seconds from sending a log-out to its arrival, for each log-out and follower."""

    name: str
    seconds: list[float] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        cuts = quantiles(self.seconds, n=100)
        log_outs = len(self.seconds) // FOLLOWERS
        figures = (cuts[49], cuts[98], max(self.seconds))
        return (self.name, f"{log_outs:,}", *(f"{1000 * seconds:,.0f}" for seconds in figures))


def measure(database: str, filled: Filled, log_outs: int, logs: Path) -> list[Reached]:
    """Each way to the same two instances, one after the other."""
    tokens = filled.reusable.path.read_text().split()
    results = []
    with two_instances(database, filled, logs) as ports:
        for way in WAYS:
            ended, tokens = tokens[:log_outs], tokens[log_outs:]
            with _fronts(way, ports, logs) as urls:
                run = _Run(Reached(f"{database}, {way}"), urls, filled.authorization)
                asyncio.run(run.end(ended))
            results.append(run.reached)
    return results


@contextmanager
def two_instances(database: str, filled: Filled, logs: Path) -> Iterator[list[int]]:
    """Their ports."""
    with ExitStack() as stack:
        ports = []
        for number in (1, 2):
            running = remint(f"{database} {number}", filled).start(logs)
            stack.callback(running.stop)
            ports.append(running.port)
        yield ports


@contextmanager
def _fronts(way: str, ports: Sequence[int], folder: Path) -> Iterator[list[str]]:
    with ExitStack() as stack:
        if way == "through nginx":
            ports = [stack.enter_context(published_nginx(folder, ports))]
        elif way == "through HAProxy":
            ports = [stack.enter_context(published_haproxy(folder, ports))]
        yield [f"http://127.0.0.1:{port}" for port in ports]


class _Run:
    """Followers that wait, and log-outs at moments that no follower expects."""

    def __init__(self, reached: Reached, urls: Sequence[str], authorization: str) -> None:
        self.reached = reached
        self._urls = urls
        self._headers = {"Authorization": authorization}
        self._sent: dict[str, float] = {}

    async def end(self, tokens: Sequence[str]) -> None:
        async with AsyncExitStack() as stack:
            client, *hosts = [
                await stack.enter_async_context(_host(f"127.0.0.{number}")) for number in HOSTS
            ]
            followers = [
                asyncio.create_task(
                    self._follow(hosts[number % len(hosts)], self._urls[number % len(self._urls)])
                )
                for number in range(FOLLOWERS)
            ]
            await asyncio.sleep(3)  # all of them wait
            for number, token in enumerate(tokens):
                await asyncio.sleep(random.uniform(0.2, 0.6))
                await self._log_out(client, self._urls[number % len(self._urls)], token)
            await self._all_arrived(FOLLOWERS * len(tokens))
            for follower in followers:
                follower.cancel()
            await asyncio.gather(*followers, return_exceptions=True)

    async def _log_out(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        refresh = f"{url}/api/v1/authenticate/refresh"
        answer = await client.post(refresh, json={"refreshToken": token})
        session = _session_of(answer.raise_for_status().json()["jwtToken"])
        self._sent[session] = time.monotonic()
        revoke = f"{url}/api/v1/authenticate/revoke"
        (await client.post(revoke, json={"refreshToken": token})).raise_for_status()

    async def _follow(self, client: httpx.AsyncClient, url: str) -> None:
        cursor, seen = None, set[str]()
        while True:
            query: dict[str, str | int] = {"after": cursor, "wait": 30} if cursor else {}
            answer = await client.get(
                f"{url}/api/v1/revocations", params=query, headers=self._headers
            )
            now, said = time.monotonic(), answer.raise_for_status().json()
            cursor = said["next"]
            for line in said["revocations"]:
                session = line.get("sid")
                if session in self._sent and session not in seen:
                    seen.add(session)
                    self.reached.seconds.append(now - self._sent[session])

    async def _all_arrived(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.reached.seconds) < count:  # noqa: ASYNC110 (a hundred tasks add to it)
                await asyncio.sleep(0.1)


def _host(address: str) -> httpx.AsyncClient:
    """A client at that address, because the published nginx limits connections per address."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    transport = httpx.AsyncHTTPTransport(local_address=address, limits=limits)
    return httpx.AsyncClient(transport=transport, timeout=60)


def _session_of(jwt_token: str) -> str:
    return str(jwt.decode(jwt_token, options={"verify_signature": False})["sid"])
