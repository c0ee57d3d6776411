"""The published nginx configuration keeps slow clients, doubles and outages away."""

import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import psutil
import pytest
import trustme

from domain.sessions import Renewal
from testing.packages import program
from testing.processes import Process
from testing.published_nginx import published_nginx
from testing.waiting import free_port, wait_until
from tests.support.faults.faults import FaultyProxy
from tests.support.servers.deployment import Deployment, deployed

pytestmark = pytest.mark.slow

REFRESH = "/api/v1/authenticate/refresh"
SECONDS_FOR_A_HEADER = 5
SLACK = 6
"""Seconds for a busy machine; slowhttptest itself runs for longer than both."""
REQUESTS_PER_ADDRESS = 100
SPELLINGS = ["/metrics", "/metrics?x", "//metrics", "/metrics/", "/%6Detrics", "/x/%2e%2e/metrics"]
SOMEBODY_ELSE = "127.0.0.2"


@pytest.fixture(scope="module")
def remint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("remint")
    with deployed(folder, settings={"REMINT_SERVER_TRUSTED_PROXIES": "127.0.0.1/32"}) as remint:
        yield remint


@pytest.fixture(scope="module")
def token(remint: Deployment) -> str:
    return remint.open_session(renewal=Renewal.REUSABLE)


@pytest.fixture
def port(remint: Deployment, tmp_path: Path) -> Iterator[int]:
    with published_nginx(tmp_path, [remint.server.port]) as port:
        yield port


@contextmanager
def a_client(port: int, address: str = "127.0.0.1") -> Iterator[httpx.Client]:
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as client:
        yield client


@contextmanager
def slow_clients(port: int, folder: Path, *how: str) -> Iterator[Process]:
    """Debian's slowhttptest with 300 connections that take their time."""
    tool = program("slowhttptest")
    url = f"http://127.0.0.1:{port}{REFRESH}"
    much = ("-c", "300", "-r", "300", "-l", "20", "-p", "3", "-u", url)
    with Process([tool.path, *how, *much], logs=folder, env=tool.env) as process:
        yield process


def connections_to(port: int) -> int:
    return sum(
        1
        for connection in psutil.net_connections("tcp")
        if connection.laddr
        and connection.laddr.port == port
        and connection.status == psutil.CONN_ESTABLISHED
    )


@pytest.mark.proves("H13")
def test_slow_headers_are_cut_off_and_never_reach_the_service(
    remint: Deployment, port: int, token: str, tmp_path: Path
) -> None:
    """Slowloris, a header line every second."""
    with slow_clients(port, tmp_path, "-H", "-i", "1"), a_client(port) as client:
        wait_until(lambda: connections_to(port) >= 300, "the onslaught")
        began = time.monotonic()
        refresh_promptly(client, token)
        assert connections_to(remint.server.port) <= 3
        wait_until(lambda: connections_to(port) <= 3, "its end", SECONDS_FOR_A_HEADER + SLACK)
        assert time.monotonic() - began < SECONDS_FOR_A_HEADER + SLACK
        refresh_promptly(client, token)


@pytest.mark.proves("H13")
def test_slow_bodies_are_bounded_by_address_and_never_reach_the_service(
    remint: Deployment, port: int, token: str, tmp_path: Path
) -> None:
    """A few bytes of a body every two seconds, within every single time limit."""
    how = ("-B", "-i", "2", "-s", "16000", "-f", "application/json")
    with slow_clients(port, tmp_path, *how), a_client(port, SOMEBODY_ELSE) as client:
        wait_until(lambda: connections_to(port) >= 300, "the onslaught")
        for _ in range(20):
            refresh_promptly(client, token)
            assert connections_to(remint.server.port) <= 3
            time.sleep(0.1)
        few = REQUESTS_PER_ADDRESS + 3
        wait_until(lambda: connections_to(port) <= few, "the closing of what was refused", 15.0)
        refresh_promptly(client, token)


@pytest.mark.proves("H13")
def test_a_silent_body_is_given_up(port: int) -> None:
    """5 s without a byte are the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(
            f"POST {REFRESH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            "Content-Length: 100\r\n\r\n{".encode()
        )
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            raise_if_closed(client.recv(1))
        assert 4 < time.monotonic() - began < SECONDS_FOR_A_HEADER + SLACK


def test_the_service_hears_of_a_client_that_gave_up(remint: Deployment, tmp_path: Path) -> None:
    """Rule `recovery`: a late request whose client has gone is no sign of theft."""
    with (
        FaultyProxy(remint.server.port) as between,
        published_nginx(tmp_path, [between.port]) as port,
    ):
        between.stall()
        with a_client(port) as client, pytest.raises(httpx.ReadTimeout):
            client.post(REFRESH, json={"refreshToken": "rmt1_x"}, timeout=0.3)
        between.release()
        wait_until(lambda: between.open == 0, "the closing of the connection behind nginx")


@pytest.mark.proves("H12")
def test_a_client_cannot_pretend_to_be_somewhere_else(remint: Deployment, port: int) -> None:
    """Nginx's word about the address replaces the client's."""
    claims = {"X-Forwarded-For": "198.51.100.7", "User-Agent": "pretender"}
    credentials = {"username": "alice", "password": "correct horse battery staple"}
    with a_client(port, SOMEBODY_ELSE) as client:
        answer = client.post("/api/v1/authenticate", json=credentials, headers=claims, timeout=10)
    assert answer.status_code == 200
    listed = remint.run("sessions", "list", "alice", "--json")
    sessions = [json.loads(line) for line in listed.splitlines()]
    assert [s["address"] for s in sessions if s["device"] == "pretender"] == [SOMEBODY_ELSE]


def test_an_instance_that_is_down_is_passed_over(
    remint: Deployment, token: str, tmp_path: Path
) -> None:
    instances = [free_port(), remint.server.port]
    with published_nginx(tmp_path, instances) as port, a_client(port) as client:
        for _ in range(10):
            refresh_promptly(client, token)


def test_a_post_that_was_processed_is_not_repeated(remint: Deployment, tmp_path: Path) -> None:
    """The answer is lost on its way to nginx, which cannot know that there was one."""
    with FaultyProxy(remint.server.port) as one, FaultyProxy(remint.server.port) as other:
        before = refreshes_seen_by(remint)
        for between in (one, other):
            between.stall(requests=False)
        with published_nginx(tmp_path, [one.port, other.port]) as port, a_client(port) as client:
            asking = Thread(target=one_refresh_fails, args=(client,))
            asking.start()
            wait_until(lambda: refreshes_seen_by(remint) == before + 1, "the request")
            one.cut()
            other.cut()
            asking.join()
        assert one.accepted + other.accepted == 1


def refreshes_seen_by(remint: Deployment) -> int:
    return remint.server.stdout.count(f'"route":"{REFRESH}"')


def one_refresh_fails(client: httpx.Client) -> None:
    answer = client.post(REFRESH, json={"refreshToken": "rmt1_x"}, timeout=10)
    assert answer.status_code == 503


@pytest.mark.proves("H7", "S6")
def test_an_outage_is_503_in_our_shape_and_says_when_to_come_back(tmp_path: Path) -> None:
    """A proxy's 502 would be taken for something else."""
    with published_nginx(tmp_path, [free_port(), free_port()]) as port, a_client(port) as client:
        answer = client.post(REFRESH, json={"refreshToken": "rmt1_x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert_is_our_error(answer, "unavailable")


@pytest.mark.proves("H2", "H6")
def test_what_is_too_long_is_413_and_what_is_no_http_is_400_in_our_shape(port: int) -> None:
    with a_client(port) as client:
        long = client.post(REFRESH, json={"refreshToken": "x" * 20_000})
        header = client.get("/health/live", headers={"X-Long": "x" * 9000})
    assert long.status_code == 413
    assert_is_our_error(long, "bodyTooLarge")
    assert header.status_code == 400
    assert_is_our_error(header, "badRequest")


@pytest.mark.proves("H16")
@pytest.mark.parametrize("path", SPELLINGS)
def test_metrics_are_not_for_clients_in_any_spelling(port: int, path: str) -> None:
    with a_client(port) as client:
        answer = client.get(httpx.URL(client.base_url).copy_with(raw_path=path.encode()))
    assert answer.status_code == 404
    assert_is_our_error(answer, "notFound")


def test_the_tls_variant_speaks_tls_and_nothing_older_than_1_2(
    remint: Deployment, tmp_path: Path
) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(tmp_path / "remint.key")
    for part in certificate.cert_chain_pems:
        part.write_to_path(tmp_path / "remint.pem", append=True)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with published_nginx(tmp_path, [remint.server.port], entry="tls.conf") as port:
        answer = httpx.get(f"https://127.0.0.1:{port}/health/ready", verify=trusting)
        assert answer.status_code == 200
        plain = httpx.get(f"http://127.0.0.1:{port}/health/ready")
        assert plain.status_code == 400
        assert "location" not in plain.headers


def refresh_promptly(client: httpx.Client, token: str) -> None:
    answer = client.post(REFRESH, json={"refreshToken": token}, timeout=5)
    assert answer.status_code == 200, answer.text


def raise_if_closed(received: bytes) -> None:
    if not received:
        raise ConnectionError("closed")


def assert_is_our_error(answer: httpx.Response, code: str) -> None:
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "target", "details"}
    assert error["code"] == code
