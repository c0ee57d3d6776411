"""`remint health` asks the server at the address of its own settings."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET6

import pytest
import trustme
from click.testing import CliRunner, Result

from config.main import main
from testing.waiting import free_port


class Alive(BaseHTTPRequestHandler):
    """Alive, and not ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/live" else 503)
        self.end_headers()
        self.wfile.write(b"answer")

    def log_message(self, *_: object) -> None:
        """Nothing to tell."""


class OnIpv6(ThreadingHTTPServer):
    address_family = AF_INET6


@contextmanager
def server(host: str, context: ssl.SSLContext | None = None) -> Iterator[int]:
    kind = OnIpv6 if ":" in host else ThreadingHTTPServer
    with kind((host, 0), Alive) as listening:
        if context is not None:
            listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()


def health(*words: str, **settings: object) -> Result:
    env = {f"REMINT_SERVER_{name.upper()}": str(value) for name, value in settings.items()}
    return CliRunner().invoke(main, ["health", *words], env=env)


@pytest.mark.parametrize(
    ("host", "listening"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "::1"), ("::", "::1")],
)
def test_the_server_is_found_where_its_settings_say(host: str, listening: str) -> None:
    with server(listening) as port:
        result = health(host=host, port=port)
    assert (result.exit_code, result.stdout) == (0, "answer\n")


def test_the_server_is_found_by_the_settings_in_the_file(tmp_path: Path) -> None:
    with server("127.0.0.1") as port:
        file = tmp_path / "remint.toml"
        file.write_text(f"[server]\nport = {port}\n")
        assert CliRunner().invoke(main, ["health"], env={"REMINT_CONFIG": str(file)}).exit_code == 0


def test_a_server_with_tls_is_asked_with_tls(tmp_path: Path) -> None:
    """Its certificate is for the public name."""
    certificate = trustme.CA().issue_cert("id.example.com")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with server("127.0.0.1", context) as port:
        assert health(port=port, tls_certificate=chain, tls_key=key).exit_code == 0
        assert health(port=port).exit_code == 1


def test_alive_is_not_ready() -> None:
    with server("127.0.0.1") as port:
        result = health("--ready", port=port)
    assert result.exit_code == 1
    assert "answers 503 to /health/ready: answer" in result.stderr


def test_no_server_is_a_sentence() -> None:
    result = health(port=free_port())
    assert result.exit_code == 1
    assert "does not answer: Connection refused." in result.stderr


def test_a_port_that_the_system_chooses_cannot_be_asked() -> None:
    result = health(port=0)
    assert (result.exit_code, "server.port is 0" in result.stderr) == (2, True)
