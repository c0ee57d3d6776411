"""The server secret is changed over a running pair, as docs/operate.md says: nobody notices."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from anyio import to_thread

from config.settings.server_secret import new_secret
from testing.waiting import wait_until
from tests.support.faults.honest_clients import Figures, HonestClient, all_go_on, at_work
from tests.support.faults.refreshing import refresh
from tests.support.servers.deployment import Deployment, cluster

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 10


@pytest.fixture
def twins(tmp_path: Path, migrated_postgres_url: str) -> Iterator[Deployment]:
    settings = {"REMINT_SESSIONS_COALESCE": "0", "REMINT_KEYS_RELOAD": "500ms"}
    with cluster(tmp_path, migrated_postgres_url, settings=settings) as opened:
        yield opened


def give_to_all(twins: Deployment, *secrets: str) -> None:
    """Restart the instances one by one with this list, the newest last."""
    twins.settings["REMINT_SECRET"] = ",".join(secrets)
    for number, instance in enumerate(list(twins.servers)):
        assert instance.terminate(30.0) == 0
        twins.restart(number).wait_until_ready(60.0)


@pytest.mark.proves("K5")
async def test_no_honest_client_is_refused_while_the_server_secret_changes(
    twins: Deployment, client: httpx.AsyncClient
) -> None:
    """To the front first, then to the end, then the old one leaves."""
    old, new = twins.settings["REMINT_SECRET"], new_secret()
    tokens = await to_thread.run_sync(twins.open_sessions, CLIENTS)
    figures = Figures()
    clients = [HonestClient(client, twins.urls, figures, [token]) for token in tokens]
    await all_go_on(clients)
    async with at_work(clients):
        await to_thread.run_sync(give_to_all, twins, new, old)
        await to_thread.run_sync(give_to_all, twins, old, new)
        await to_thread.run_sync(until_no_signing_key_needs_the_old_one, twins)
        await all_go_on(clients)
        await to_thread.run_sync(give_to_all, twins, new)
    await all_go_on(clients)
    # What was left behind under the old secret is nobody's any more.
    refused = await refresh(client, twins.urls[0], tokens[0])
    assert refused.status_code == 401


def until_no_signing_key_needs_the_old_one(twins: Deployment) -> None:
    """As `remint doctor` sees it."""

    def doctor_is_content() -> bool:
        findings = map(json.loads, twins.run("doctor", "--json").splitlines())
        return all(each["state"] == "fine" for each in findings if each["about"] == "signing keys")

    wait_until(doctor_is_content, "every signing key re-encrypted", 60.0)
