"""A service that follows the revocations through bad networks, and is never blind unknowingly."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import jwt
from anyio import sleep, to_thread

from domain.clients import ClientTerms, Permission
from tests.support.checks.snippets import snippet
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.deployment import API, Deployment

BOUND = 4.0
"""Seconds after which a service refuses the JWT of a log-out, or knows that it is behind."""
MODULE = "remint_revocations"


@dataclass
class LogOuts:
    """What happens to the JWTs of ended sessions at the services that follow."""

    followers: Sequence[Any]
    ended: list[tuple[dict[str, Any], dict[str, Any], float]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)

    async def end(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        """Refresh once more, and log out; neither is given up."""
        refreshed = await _insist(client, f"{url}{API}/authenticate/refresh", token)
        tokens = refreshed.json()
        last = tokens.get("refreshToken", token)
        await _insist(client, f"{url}{API}/authenticate/revoke", last)
        claims = jwt.decode(tokens["jwtToken"], options={"verify_signature": False})
        header = jwt.get_unverified_header(tokens["jwtToken"])
        self.ended.append((header, claims, time.monotonic()))

    async def watch(self) -> None:
        """Note every JWT that a service accepts although it is dead and the service up to date."""
        while True:
            for number, follower in enumerate(self.followers):
                if follower.age <= BOUND:
                    self._check(number, follower)
            await sleep(0.05)

    def _check(self, number: int, follower: Any) -> None:
        for header, claims, ended_at in self.ended:
            late = time.monotonic() - ended_at
            if late > BOUND and not follower.is_revoked(header, claims):
                self.accepted.append(f"{claims['sid']} at {number}, {late:.1f} s after its end")

    async def all_known(self) -> None:
        """Return when every service refuses every ended session's JWT."""
        async with asyncio.timeout(30):
            while not all(  # noqa: ASYNC110 (threads change it)
                follower.is_revoked(header, claims)
                for follower in self.followers
                for header, claims, _ in self.ended
            ):
                await sleep(0.1)


async def _insist(client: httpx.AsyncClient, url: str, token: str) -> httpx.Response:
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await client.post(url, json={"refreshToken": token})
                if answer.status_code < 300:
                    return answer
            except httpx.TransportError:
                pass
            await sleep(0.2)


@asynccontextmanager
async def following(
    deployment: Deployment, urls: Sequence[str], folder: Path
) -> AsyncIterator[LogOuts]:
    """One service at each address, with the follower of docs/services.md."""
    terms = ClientTerms(may=(Permission.INTROSPECT,))
    added = await to_thread.run_sync(
        deployment.act,
        lambda can: can.operators.add_client("service", terms, is_public=False, by=OPERATOR),
    )
    published = snippet("docs/services.md", "python", f"{MODULE}.py")
    quick = published.replace('"wait": 10', '"wait": 1').replace("timeout=15", "timeout=3")
    (folder / f"{MODULE}.py").write_text(quick)
    sys.path.insert(0, str(folder))
    try:
        follow = import_module(MODULE).Revocations
        log_outs = LogOuts([follow(url, "service", added.secret) for url in urls])
        watching = asyncio.create_task(log_outs.watch())
        yield log_outs
        watching.cancel()
        for follower in log_outs.followers:
            follower.close()
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(MODULE, None)
