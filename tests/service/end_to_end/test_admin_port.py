"""The back-end API has a port of its own if `admin.port` is set, with the same bounds and TLS.

A server with two workers on a real socket. Which port a request came in on is the connection's own
word: no header changes it.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from interfaces.http.api.back_end import is_back_end_path
from testing.waiting import free_port
from tests.support.alice import SECRET
from tests.support.servers.server_process import ServerProcess

pytestmark = pytest.mark.slow

HOST = "127.0.0.3"
SOME_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def admin_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, admin_port: int) -> Iterator[ServerProcess]:
    environment = {
        "REMINT_SECRET": SECRET,
        "REMINT_ADMIN_PORT": str(admin_port),
        "REMINT_ADMIN_HOST": HOST,
    }
    folder = tmp_path_factory.mktemp("admin")
    with ServerProcess(folder, environment, arguments=("--workers", "2")) as server:
        server.wait_until_ready(30)
        yield server


def operations(server: ServerProcess) -> dict[bool, list[tuple[str, str]]]:
    """Method and path of every operation, by whether it belongs to the back-end API."""
    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    found: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for path, methods in paths.items():
        here = re.sub(r"\{.*?\}", SOME_ID, path)
        found[is_back_end_path(path)] += [(method.upper(), here) for method in methods]
    assert found[False]
    assert len(found[True]) > 5
    return found


def is_served(url: str, method: str, path: str, **headers: str) -> bool:
    answer = httpx.request(method, f"{url}{path}", headers=headers, timeout=10)
    nothing = answer.status_code == 404 and answer.json()["error"]["code"] == "notFound"
    return not nothing


@pytest.mark.proves("H16")
def test_each_operation_is_served_on_one_port(server: ServerProcess, admin_port: int) -> None:
    admin = f"http://{HOST}:{admin_port}"
    found = operations(server)
    for is_for_back_ends, where in found.items():
        for method, path in where:
            assert is_served(admin, method, path) is is_for_back_ends, path
            assert is_served(server.url, method, path) is not is_for_back_ends, path


def test_no_header_chooses_the_port(server: ServerProcess, admin_port: int) -> None:
    claims = {
        "Host": f"{HOST}:{admin_port}",
        "X-Forwarded-Host": f"{HOST}:{admin_port}",
        "X-Forwarded-Port": str(admin_port),
        "Forwarded": f"for=127.0.0.1;host={HOST}:{admin_port}",
    }
    for method, path in operations(server)[True]:
        assert not is_served(server.url, method, path, **claims)


def test_the_port_is_closed_at_other_addresses(server: ServerProcess, admin_port: int) -> None:
    assert server.exit_code is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{admin_port}/api/v1/users")


def answer_to(address: tuple[str, int], request: bytes) -> bytes:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /api/v1/users HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", b"431"),
        (b"GET /api/v1/users HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"broken\r\n\r\n", b"400"),
    ],
    ids=["too large", "two hosts", "broken"],
)
def test_a_connection_of_the_port_has_the_bounds_and_errors_of_every_connection(
    request_bytes: bytes, status: bytes, server: ServerProcess, admin_port: int
) -> None:
    answers = {
        answer_to(address, request_bytes)
        for address in ((HOST, admin_port), ("127.0.0.1", server.port))
    }
    bodies = {answer.partition(b"\r\n\r\n")[2] for answer in answers}
    assert len(bodies) == 1
    assert all(answer.startswith(b"HTTP/1.1 " + status) for answer in answers)


def test_the_port_has_the_certificate_of_the_service(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert(HOST)
    chain, key, port = tmp_path / "chain.pem", tmp_path / "key.pem", free_port()
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    environment = {
        "REMINT_SECRET": SECRET,
        "REMINT_ADMIN_PORT": str(port),
        "REMINT_ADMIN_HOST": HOST,
        "REMINT_SERVER_TLS_CERTIFICATE": str(chain),
        "REMINT_SERVER_TLS_KEY": str(key),
    }
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with ServerProcess(tmp_path, environment) as server:
        server.wait_for_port(server.port, 30)
        answer = httpx.get(f"https://{HOST}:{port}/health/live", verify=trust)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "notFound"
