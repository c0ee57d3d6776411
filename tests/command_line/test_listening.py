"""A server that cannot listen, or has no usable certificate, names the setting to change."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from config.main import main
from config.settings.server_secret import new_secret
from tests.support.servers.command import try_remint


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`serve` hands its options to its workers in the environment."""
    for name in [*os.environ]:
        if name.startswith("REMINT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("REMINT_SECRET", new_secret())
    monkeypatch.setenv("REMINT_SERVER_HOST", "127.0.0.1")
    monkeypatch.setenv("REMINT_SERVER_PORT", "0")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def refusal(*options: str, code: int) -> str:
    result = CliRunner().invoke(main, ["serve", *options])
    assert result.exit_code == code, result.output
    assert list(Path.cwd().glob("var")) == []
    return result.stderr


def test_a_port_that_is_taken_is_the_port(taken: int) -> None:
    said = refusal("--port", str(taken), code=1)
    assert "Choose another port with server.port or --port." in said


@pytest.mark.parametrize("setting", ["metrics.port", "admin.port"])
def test_another_port_that_is_taken_is_that_setting(
    setting: str, taken: int, tmp_path: Path
) -> None:
    variable = f"REMINT_{setting.replace('.', '_').upper()}"
    env = {"REMINT_SECRET": new_secret(), variable: str(taken)}
    done = try_remint(tmp_path, env, "serve", "--port", "0")
    assert done.returncode == 1
    assert f"Choose another port with {setting}." in done.stderr


def test_an_address_of_another_machine_for_the_back_end_api_is_that_setting(
    tmp_path: Path,
) -> None:
    env = {
        "REMINT_SECRET": new_secret(),
        "REMINT_ADMIN_PORT": "9000",
        "REMINT_ADMIN_HOST": "192.0.2.5",
    }
    done = try_remint(tmp_path, env, "serve", "--port", "0")
    assert done.returncode == 1
    assert "Choose an address of this machine with admin.host." in done.stderr


@pytest.mark.parametrize("host", ["192.0.2.5", "2001:db8::5", "a..b", "h" * 70, "fe80::1%nowhere"])
def test_an_address_of_another_machine_is_the_address(host: str) -> None:
    said = refusal("--host", host, code=1)
    assert "Choose an address of this machine with server.host or --host." in said
    assert "--port" not in said


def certificate(folder: Path) -> tuple[Path, Path, Path]:
    """The chain, its key, and the key of another certificate."""
    authority = trustme.CA()
    issued, other = authority.issue_cert("127.0.0.1"), authority.issue_cert("127.0.0.1")
    chain, key, foreign = (folder / name for name in ("chain.pem", "key.pem", "foreign.pem"))
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    other.private_key_pem.write_to_path(foreign)
    return chain, key, foreign


@pytest.mark.parametrize(
    ("chain", "key", "sentence"),
    [
        ("none.pem", "key.pem", "server.tls_certificate names the file none.pem"),
        ("chain.pem", "none.pem", "server.tls_key names the file none.pem"),
        ("chain.pem", "folder", "server.tls_key names the file folder"),
        ("chain.pem", "foreign.pem", "key values mismatch"),
        ("key.pem", "chain.pem", "are not a certificate chain and its unencrypted private key"),
        ("garbage", "key.pem", "are not a certificate chain and its unencrypted private key"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_named(
    chain: str, key: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "garbage").write_bytes(b"\xff\x00" * 50)
    monkeypatch.setenv("REMINT_SERVER_TLS_CERTIFICATE", chain)
    monkeypatch.setenv("REMINT_SERVER_TLS_KEY", key)
    assert sentence in refusal(code=2)
