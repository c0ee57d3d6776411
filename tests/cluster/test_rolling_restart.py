"""Instances are replaced one by one, under load, behind a proxy: nobody notices."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from anyio import sleep, to_thread

from testing.published_haproxy import published_haproxy
from testing.published_nginx import published_nginx
from tests.support.faults.honest_clients import Figures, HonestClient, all_go_on, at_work
from tests.support.servers.deployment import Deployment, cluster

pytestmark = [pytest.mark.proves("S7"), pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 20


@contextmanager
def behind_nginx(folder: Path, ports: list[int]) -> Iterator[int]:
    with published_nginx(folder, ports) as port:
        yield port


@contextmanager
def behind_haproxy(folder: Path, ports: list[int]) -> Iterator[int]:
    with published_haproxy(folder, ports) as port:
        yield port


Way = Callable[[Path, list[int]], AbstractContextManager[int]]
UNLUCKY: dict[Way, int] = {behind_haproxy: 0, behind_nginx: 2}
"""nginx does not ask for readiness: it notices that an instance stops when the instance closes its
connections, and a request that is sent at this very moment gets a 503, to be tried again."""


@pytest.fixture
def twins(tmp_path: Path, migrated_postgres_url: str) -> Iterator[Deployment]:
    settings = {
        "REMINT_SESSIONS_COALESCE": "0",
        "REMINT_SERVER_NOTICE": "3s",
        "REMINT_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
    }
    with cluster(tmp_path, migrated_postgres_url, settings=settings) as opened:
        yield opened


@pytest.mark.parametrize("behind", [behind_haproxy, behind_nginx], ids=lambda way: way.__name__)
async def test_a_rolling_restart_loses_no_request_and_logs_nobody_out(
    twins: Deployment,
    client: httpx.AsyncClient,
    tmp_path: Path,
    behind: Way,
) -> None:
    tokens = await to_thread.run_sync(twins.open_sessions, CLIENTS)
    figures = Figures()
    with behind(tmp_path, [instance.port for instance in twins.servers]) as port:
        urls = [f"http://127.0.0.1:{port}"]
        clients = [HonestClient(client, urls, figures, [token], timeout=20.0) for token in tokens]
        await all_go_on(clients)
        async with at_work(clients, pause=0.05):
            for number in range(len(twins.servers)):
                await sleep(1.0)
                exit_code = await to_thread.run_sync(twins.servers[number].terminate, 30.0)
                assert exit_code == 0
                again = twins.restart(number)
                await to_thread.run_sync(again.wait_until_ready, 60.0)
                await sleep(2.5)  # the proxy has to notice that it is back
        await all_go_on(clients)
    print(f"{behind.__name__}: {figures}")
    assert figures.faults.total() <= UNLUCKY[behind]
