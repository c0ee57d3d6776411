"""The bad network between two programs is exactly as bad as the test says."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from testing.waiting import wait_until
from tests.support.faults.faults import RESET_INSTEAD_OF_FAREWELL, FaultyProxy


class EchoServer(socketserver.ThreadingTCPServer):
    """Answers everything with itself and remembers it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ended = 0
        super().__init__(("127.0.0.1", 0), Echo)


class Echo(socketserver.BaseRequestHandler):
    server: EchoServer

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(1024):
                self.server.heard.append(data)
                self.request.sendall(data)
        self.server.ended += 1


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    with EchoServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo: EchoServer) -> Iterator[FaultyProxy]:
    with FaultyProxy(echo.server_address[1]) as proxy:
        yield proxy


@contextlib.contextmanager
def a_client(proxy: FaultyProxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5.0) as client:
        yield client


def ask(client: socket.socket, question: bytes) -> bytes:
    client.sendall(question)
    return client.recv(1024)


def hears_nothing(client: socket.socket) -> bool:
    client.settimeout(0.2)
    try:
        client.recv(1024)
    except TimeoutError:
        return True
    finally:
        client.settimeout(5.0)
    return False


def test_it_passes_bytes_and_counts_connections(proxy: FaultyProxy) -> None:
    with a_client(proxy) as one, a_client(proxy) as other:
        assert (ask(one, b"1"), ask(other, b"2")) == (b"1", b"2")
        assert (proxy.accepted, proxy.open) == (2, 2)
    wait_until(lambda: proxy.open == 0, "the end of both connections")


def test_a_stalled_request_reaches_the_server_only_when_released(
    proxy: FaultyProxy, echo: EchoServer
) -> None:
    with a_client(proxy) as client:
        proxy.stall()
        client.sendall(b"late")
        assert hears_nothing(client)
        assert echo.heard == []
        proxy.release()
        assert client.recv(1024) == b"late"


def test_a_stalled_request_is_delivered_although_its_client_gave_up(
    proxy: FaultyProxy, echo: EchoServer
) -> None:
    with a_client(proxy) as client:
        ask(client, b"in time")
        proxy.stall()
        client.sendall(b"too late")
    proxy.release()
    wait_until(lambda: echo.heard == [b"in time", b"too late"], "delivery")


def test_a_lost_answer_is_one_that_was_stalled_and_then_cut(
    proxy: FaultyProxy, echo: EchoServer
) -> None:
    with a_client(proxy) as client:
        proxy.stall(requests=False)
        client.sendall(b"done?")
        assert hears_nothing(client)
        assert echo.heard == [b"done?"]
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1024)


def test_a_cut_resets_open_connections_and_lets_new_ones_come(proxy: FaultyProxy) -> None:
    with a_client(proxy) as client:
        ask(client, b"fine")
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1024)
    with a_client(proxy) as next_client:
        assert ask(next_client, b"again") == b"again"


def test_a_client_that_resets_its_connection_ends_it_for_the_server_too(
    proxy: FaultyProxy, echo: EchoServer
) -> None:
    with a_client(proxy) as client:
        ask(client, b"fine")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_INSTEAD_OF_FAREWELL)
    wait_until(lambda: proxy.open == 0, "the end of the connection")
    wait_until(lambda: echo.ended == 1, "the end of the server's side")


def test_refusing_keeps_newcomers_out_until_it_listens_again(proxy: FaultyProxy) -> None:
    with a_client(proxy) as client:
        ask(client, b"early")
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError), a_client(proxy):
            raise AssertionError("let in")
        assert ask(client, b"still here") == b"still here"
        proxy.listen()
        with a_client(proxy) as newcomer:
            assert ask(newcomer, b"welcome") == b"welcome"


def test_a_server_that_is_down_ends_the_connection(echo: EchoServer) -> None:
    with FaultyProxy(echo.server_address[1]) as proxy:
        echo.server_close()
        with a_client(proxy) as client:
            assert client.recv(1024) == b""
