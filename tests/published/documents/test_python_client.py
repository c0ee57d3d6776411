"""The Python code in docs/clients.md, against a real server."""

import asyncio
import importlib.util
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Self

import httpx
import pytest

from testing.published_nginx import published_nginx
from testing.waiting import after, free_port
from tests.published.documents.conftest import UNTIL_REFUSED
from tests.support.alice import PASSWORD, USERNAME
from tests.support.checks.snippets import write_snippet
from tests.support.faults.faults import FaultyProxy
from tests.support.servers.canned_answers import NO_LOG_OUT, Canned, answering
from tests.support.servers.deployment import Deployment

pytestmark = pytest.mark.slow

Tokens = dict[str, str]


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
    """Where the client keeps its tokens, and which refresh tokens it kept there."""

    tokens: Tokens | None
    saved: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, refresh_token: str) -> Self:
        return cls({"refreshToken": refresh_token})

    def load(self) -> Tokens | None:
        return self.tokens

    def save(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        if tokens:
            self.saved.append(tokens["refreshToken"])


@pytest.fixture
def store(remint: Deployment) -> Store:
    return Store.of(remint.open_session())


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
    store = Store.of(hasty_remint.open_session())
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
    body = store.tokens
    assert httpx.post(f"{remint.url}/api/v1/authenticate/revoke", json=body).status_code == 204
    with pytest.raises(code.LoggedOut, match="sessionRevoked"):
        ask(client)


def test_a_made_up_token_says_no_more_than_that_it_is_not_acceptable(
    code: ModuleType, remint: Deployment
) -> None:
    with (
        a_client(code, remint, Store.of("rmt1_madeup"), remint.url) as client,
        pytest.raises(code.LoggedOut, match="invalidRefreshToken"),
    ):
        ask(client)


def test_a_service_that_never_answers_is_no_log_out(code: ModuleType, remint: Deployment) -> None:
    patient = code.RemintAuth(f"http://127.0.0.1:{free_port()}", Store.of("rmt1_x").load, print)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code.time, "sleep", lambda _: None)
        with (
            httpx.Client(base_url=remint.url, auth=patient) as client,
            pytest.raises(ConnectionError, match="still good"),
        ):
            ask(client)


@pytest.fixture
def signed_out() -> Store:
    return Store(None)


def sessions_shown(client: httpx.Client) -> set[str]:
    """The ids of the sessions of the user as whom the service sees the client."""
    return {session["id"] for session in client.get("/api/v1/sessions").json()["sessions"]}


def test_without_tokens_the_client_says_so_and_sends_nothing(
    code: ModuleType, remint: Deployment, signed_out: Store
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with (
        a_client(code, remint, signed_out, nobody) as client,
        pytest.raises(code.NotSignedIn, match="Nobody is signed in"),
    ):
        ask(client)


def test_the_second_users_requests_carry_the_second_users_jwt(
    code: ModuleType, remint: Deployment, signed_out: Store
) -> None:
    remint.add_user("robert")
    auth = code.RemintAuth(remint.url, signed_out.load, signed_out.save)
    with httpx.Client(base_url=remint.url, auth=auth) as client:
        auth.log_in(USERNAME, PASSWORD)
        first = sessions_shown(client)
        auth.log_in("robert", PASSWORD)
        second = sessions_shown(client)
        assert (len(first), len(second)) >= (1, 1)
        assert first.isdisjoint(second)
        auth.log_out()
        with pytest.raises(code.NotSignedIn):
            ask(client)


def test_a_log_out_ends_the_session(
    code: ModuleType, remint: Deployment, signed_out: Store
) -> None:
    auth = code.RemintAuth(remint.url, signed_out.load, signed_out.save)
    auth.log_in(USERNAME, PASSWORD)
    auth.log_out()
    assert remint.refresh(signed_out.saved[0]).status_code == 401


def test_a_refused_request_of_the_first_user_is_not_repeated_for_the_second(
    code: ModuleType, remint: Deployment, signed_out: Store
) -> None:
    auth = code.RemintAuth(remint.url, signed_out.load, signed_out.save)
    auth.log_in(USERNAME, PASSWORD)
    sent: list[str] = []

    def refuse_and_change_the_user(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["Authorization"])
        auth.log_in(USERNAME, PASSWORD)
        return httpx.Response(401)

    service = httpx.MockTransport(refuse_and_change_the_user)
    with httpx.Client(auth=auth, transport=service) as client, pytest.raises(code.NotSignedIn):
        client.post("http://service/orders", json={"order": 1})
    assert len(sent) == 1


def test_an_asynchronous_client_sends_jwts_and_its_tasks_share_one_refresh(
    code: ModuleType, hasty_remint: Deployment
) -> None:
    store = Store.of(hasty_remint.open_session())
    auth = code.RemintAuth(hasty_remint.url, store.load, store.save)

    async def crowd() -> list[int]:
        async with httpx.AsyncClient(base_url=hasty_remint.url, auth=auth, timeout=30) as client:
            asked = [client.get("/api/v1/sessions") for _ in range(20)]
            return [answer.status_code for answer in await asyncio.gather(*asked)]

    assert asyncio.run(crowd()) == [200] * 20
    assert len(store.saved) == 1
    time.sleep(UNTIL_REFUSED)
    assert asyncio.run(crowd()) == [200] * 20
    assert len(store.saved) == 2


def test_a_streamed_body_is_sent_again_after_a_refresh(
    code: ModuleType, remint: Deployment, store: Store
) -> None:
    bodies: list[bytes] = []

    def refuse_once(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        return httpx.Response(401 if len(bodies) == 1 else 200)

    auth = code.RemintAuth(remint.url, store.load, store.save)
    with httpx.Client(auth=auth, transport=httpx.MockTransport(refuse_once)) as client:
        answer = client.post("http://service/orders", content=iter([b"one ", b"order"]))
    assert answer.status_code == 200
    assert bodies == [b"one order"] * 2


@pytest.mark.parametrize("answer", NO_LOG_OUT.values(), ids=NO_LOG_OUT)
def test_no_other_answer_counts_as_a_log_out(
    code: ModuleType, remint: Deployment, store: Store, answer: Canned
) -> None:
    with (
        answering(answer) as url,
        a_client(code, remint, store, url) as client,
        pytest.raises(RuntimeError, match=f"Remint answers {answer.status}"),
    ):
        ask(client)


def test_a_deleted_user_is_logged_out(code: ModuleType, remint: Deployment) -> None:
    remint.add_user("carol")
    store = Store.of(remint.open_session("carol"))
    remint.run("users", "delete", "carol")
    with (
        a_client(code, remint, store, remint.url) as client,
        pytest.raises(code.LoggedOut, match="userNotFound"),
    ):
        ask(client)


@pytest.mark.parametrize("retry_after", ["Wed, 21 Oct 2026 07:28:00 GMT", "soon", "1"])
def test_a_retry_after_in_any_form_is_sat_out(
    code: ModuleType, remint: Deployment, store: Store, retry_after: str
) -> None:
    """The first answer is a proxy's."""
    busy = Canned(502, "<h1>502 Bad Gateway</h1>", {"Retry-After": retry_after})
    renewed = Canned(200, {"jwtToken": remint.log_in()["jwtToken"]})
    with answering(busy, renewed) as url, a_client(code, remint, store, url) as client:
        assert ask(client) == 200
