"""The Python code in docs/clients.md, against a real server."""

import importlib.util
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from testing.waiting import after, free_port
from tests.published.documents.conftest import UNTIL_REFUSED
from tests.support.checks.snippets import write_snippet
from tests.support.faults.faults import FaultyProxy
from tests.support.servers.deployment import Deployment
from tests.support.servers.published_nginx import published_nginx

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    file = write_snippet(
        tmp_path_factory.mktemp("python"), "docs/clients.md", "python", "remint_auth.py"
    )
    spec = importlib.util.spec_from_file_location("remint_auth", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Store:
    """Where the client keeps its refresh token, and what it kept there."""

    token: str
    saved: list[str] = field(default_factory=list)

    def load(self) -> str:
        return self.token

    def save(self, token: str) -> None:
        self.saved.append(token)
        self.token = token


@pytest.fixture
def store(remint: Deployment) -> Store:
    return Store(remint.open_session())


@pytest.fixture
def client(code: ModuleType, remint: Deployment, store: Store) -> Iterator[httpx.Client]:
    with a_client(code, remint, store, remint.url) as client:
        yield client


def a_client(code: ModuleType, remint: Deployment, store: Store, url: str) -> httpx.Client:
    """Asks the service itself for something that needs a JWT."""
    auth = code.RemintAuth(url, store.load, store.save)
    return httpx.Client(base_url=remint.url, auth=auth, timeout=10)


def ask(client: httpx.Client) -> int:
    return client.get("/api/v1/sessions").status_code


def test_a_jwt_is_fetched_and_refreshed_when_it_has_run_out(
    code: ModuleType, hasty_remint: Deployment
) -> None:
    store = Store(hasty_remint.open_session())
    with a_client(code, hasty_remint, store, hasty_remint.url) as client:
        assert ask(client) == 200
        time.sleep(UNTIL_REFUSED)
        assert ask(client) == 200
    assert len(store.saved) == len(set(store.saved)) == 2


def test_twenty_threads_share_one_refresh(client: httpx.Client, store: Store) -> None:
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: ask(client), range(20)))
    assert answers == [200] * 20
    assert len(store.saved) == 1


def test_an_outage_is_sat_out_and_logs_nobody_out(
    code: ModuleType, remint: Deployment, store: Store, tmp_path: Path
) -> None:
    """First nobody listens, so nginx answers 503 with Retry-After; then the service is back."""
    with (
        FaultyProxy(remint.server.port) as between,
        published_nginx(tmp_path, [between.port]) as port,
    ):
        between.refuse()
        url = f"http://127.0.0.1:{port}"
        with after(1.5, between.listen), a_client(code, remint, store, url) as client:
            assert ask(client) == 200


def test_a_network_that_is_down_is_sat_out_as_well(
    code: ModuleType, remint: Deployment, store: Store
) -> None:
    with FaultyProxy(remint.server.port) as between:
        between.refuse()
        url = f"http://127.0.0.1:{between.port}"
        with after(1.0, between.listen), a_client(code, remint, store, url) as client:
            assert ask(client) == 200


def test_the_end_of_the_session_is_told_with_its_cause(
    code: ModuleType, client: httpx.Client, remint: Deployment, store: Store
) -> None:
    body = {"refreshToken": store.token}
    assert httpx.post(f"{remint.url}/api/v1/authenticate/revoke", json=body).status_code == 204
    with pytest.raises(code.LoggedOut, match="sessionRevoked"):
        ask(client)


def test_a_made_up_token_says_no_more_than_that_it_is_not_acceptable(
    code: ModuleType, remint: Deployment
) -> None:
    with (
        a_client(code, remint, Store("rmt1_madeup"), remint.url) as client,
        pytest.raises(code.LoggedOut, match="invalidRefreshToken"),
    ):
        ask(client)


def test_a_service_that_never_answers_is_no_log_out(code: ModuleType, remint: Deployment) -> None:
    patient = code.RemintAuth(f"http://127.0.0.1:{free_port()}", lambda: "rmt1_x", print)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code.time, "sleep", lambda _: None)
        with (
            httpx.Client(base_url=remint.url, auth=patient) as client,
            pytest.raises(ConnectionError, match="still good"),
        ):
            ask(client)
