"""Signing keys take turns over two instances, and no caching verifier sees a failure."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from anyio import sleep, to_thread

from tests.support.checks.caching_verifiers import NodeVerifier, PythonVerifier, node_verifier
from tests.support.faults.refreshing import refresh
from tests.support.servers.deployment import Deployment, cluster
from tests.support.servers.node import npm_install

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LOCKED = Path(__file__).parents[1] / "published" / "documents" / "npm"
ISSUER = "https://tokens.example"
MAX_AGE = 1
JWT_LIFETIME = 6
SETTINGS = {
    "REMINT_SESSIONS_RENEWAL": "reusable",
    "REMINT_SESSIONS_COALESCE": "1s",
    "REMINT_SESSIONS_GRACE": "1s",
    "REMINT_TOKENS_ISSUER": ISSUER,
    "REMINT_TOKENS_LIFETIME": f"{JWT_LIFETIME}s",
    "REMINT_KEYS_MAX_AGE": f"{MAX_AGE}s",
    "REMINT_KEYS_RELOAD": "300ms",
    "REMINT_KEYS_CLOCK_MARGIN": "500ms",
    "REMINT_KEYS_ROTATE_AFTER": "8s",
}
ROTATIONS = 2

Verifier = PythonVerifier | NodeVerifier


@pytest.fixture
def twins(tmp_path: Path, migrated_postgres_url: str) -> Iterator[Deployment]:
    with cluster(tmp_path, migrated_postgres_url, settings=SETTINGS) as opened:
        yield opened


@pytest.fixture
def steady_twins(tmp_path: Path, migrated_postgres_url: str) -> Iterator[Deployment]:
    """No key comes or goes by age, however slow the machine is."""
    steady = SETTINGS | {"REMINT_KEYS_ROTATE_AFTER": "1h"}
    with cluster(tmp_path, migrated_postgres_url, settings=steady) as opened:
        yield opened


@pytest.fixture
def verifiers(twins: Deployment, tmp_path: Path) -> Iterator[list[Verifier]]:
    """One of each kind an instance."""
    npm_install(LOCKED, tmp_path)
    with ExitStack() as stack:
        yield [
            *(PythonVerifier(url, ISSUER, MAX_AGE) for url in twins.urls),
            *(
                stack.enter_context(node_verifier(tmp_path, url, ISSUER, MAX_AGE))
                for url in twins.urls
            ),
        ]


class Traffic:
    """JWTs fetched at both instances in turn, and verified by everybody twice: young and old."""

    def __init__(
        self, deployment: Deployment, client: httpx.AsyncClient, verifiers: list[Verifier]
    ) -> None:
        self.deployment = deployment
        self.client = client
        self.verifiers = verifiers
        self.verified = 0
        self.kids: Counter[str] = Counter()

    async def flow(self, token: str, until: Any) -> None:
        async with asyncio.TaskGroup() as group:
            while not until():
                for url in self.deployment.urls:
                    answer = await refresh(self.client, url, token)
                    assert answer.status_code == 200
                    group.create_task(self._verify_twice(answer.json()["jwtToken"]))
                await sleep(0.3)

    async def _verify_twice(self, token: str) -> None:
        self.kids[jwt.get_unverified_header(token)["kid"]] += 1
        await self._verify(token)
        await sleep(JWT_LIFETIME / 2)
        await self._verify(token)

    async def _verify(self, token: str) -> None:
        for verifier in self.verifiers:
            assert (await verifier.claims(token))["iss"] == ISSUER
            self.verified += 1


@pytest.mark.proves("K3")
async def test_no_caching_verifier_fails_through_whole_rotations_by_age(
    twins: Deployment, client: httpx.AsyncClient, verifiers: list[Verifier]
) -> None:
    """Two instances rotate at the same age; one key comes of it."""
    (token,) = await to_thread.run_sync(twins.open_sessions, 1)
    traffic = Traffic(twins, client, verifiers)
    deadline = time.monotonic() + 60
    await traffic.flow(token, lambda: len(traffic.kids) > ROTATIONS or time.monotonic() > deadline)
    print(f"{traffic.verified} verifications with {len(traffic.kids)} keys, no failure")
    assert len(traffic.kids) > ROTATIONS
    keys = await to_thread.run_sync(twins.act, lambda can: can.operators.list_signing_keys())
    assert len(keys) <= 3, "those before are gone"


@pytest.mark.proves("K4")
async def test_a_removed_key_verifies_no_more_and_clients_go_on(
    steady_twins: Deployment, client: httpx.AsyncClient
) -> None:
    """The emergency, from the command line."""
    (token,) = await to_thread.run_sync(steady_twins.open_sessions, 1)
    leaked = (await refresh(client, steady_twins.urls[0], token)).json()["jwtToken"]
    kid = jwt.get_unverified_header(leaked)["kid"]
    await to_thread.run_sync(steady_twins.run, "keys", "remove", kid)
    await sleep(1.0)  # the instances look for changes every 300 ms
    for url in steady_twins.urls:
        published = (await client.get(f"{url}/.well-known/jwks.json")).json()["keys"]
        assert kid not in {key["kid"] for key in published}
        fresh = (await refresh(client, url, token)).json()["jwtToken"]
        verifier = PythonVerifier(url, ISSUER, MAX_AGE)
        assert (await verifier.claims(fresh))["iss"] == ISSUER
        with pytest.raises(KeyError):
            await verifier.claims(leaked)


@pytest.mark.proves("K2")
async def test_a_key_set_that_is_still_the_same_is_not_sent_again(
    steady_twins: Deployment, client: httpx.AsyncClient
) -> None:
    """The instances agree on the ETag."""
    first, second = [await client.get(f"{url}/.well-known/jwks.json") for url in steady_twins.urls]
    assert first.headers["Cache-Control"] == f"public, max-age={MAX_AGE}"
    assert first.headers["ETag"] == second.headers["ETag"]
    again = await client.get(
        f"{steady_twins.urls[1]}/.well-known/jwks.json",
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert again.status_code == 304
