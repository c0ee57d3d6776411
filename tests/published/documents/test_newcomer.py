"""The README from the top, word for word, as a newcomer types it in a fresh clone.

`make fresh-machine` runs this test on a machine that has only what the README asks for.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from testing.packages import with_programs
from testing.processes import Process
from testing.waiting import free_port, wait_until
from tests.support.alice import PASSWORD
from tests.support.checks.snippets import snippets
from tests.support.servers.command import pasted
from tests.support.servers.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(660)]

ROOT = Path(__file__).parents[3]
PUBLISHED = "http://localhost:8080"
RUN, SET_UP, TRY, *_ = snippets("README.md", "sh")
DEVELOPMENT_TOOLS = {"pytest", "mypy", "ruff"}
LONG = 600.0
"""Seconds for an installation."""


@dataclass(frozen=True)
class Newcomer:
    """A clone, an empty home, and a port where the README has 8080."""

    clone: Path
    env: dict[str, str]
    port: int

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def is_served(self) -> bool:
        try:
            return httpx.get(f"{self.address}/health/ready", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def running(self, name: str, commands: str) -> Process:
        """The published commands in a shell, until the end of a `with` block."""
        shell = ["sh", "-ec", commands]
        return Process(shell, logs=self.clone.parent, name=name, env=self.env, cwd=self.clone)

    def type(self, commands: str) -> str:
        """What the commands print in a shell of their own."""
        done = subprocess.run(
            ["sh", "-ec", commands],
            cwd=self.clone,
            env=self.env,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    def paste(self, command: str) -> Any:
        """The JSON that a published command prints; None if it prints nothing."""
        printed = self.type(command.replace(PUBLISHED, self.address))
        return json.loads(printed) if printed else None


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    clone, home, programs = tmp_path / "clone", tmp_path / "home", tmp_path / "bin"
    command = ["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone)]
    subprocess.run(command, check=True, timeout=120)
    home.mkdir()
    programs.mkdir()
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    port = free_port()
    ours = ("REMINT_", "VIRTUAL_ENV", "PYTHON", "MAKE", "MFLAGS", "GNUMAKEFLAGS")
    env = {k: v for k, v in with_programs("curl").items() if not k.startswith(ours)}
    path = f"{programs}:{env['PATH']}"
    return Newcomer(
        clone, env | {"PATH": path, "HOME": str(home), "REMINT_SERVER_PORT": str(port)}, port
    )


def test_the_readme_leads_from_the_first_command_to_a_log_out(newcomer: Newcomer) -> None:
    """One walk, because the installation takes most of the time."""
    printed = try_the_demo(newcomer)
    try_the_demo_again(newcomer, printed)
    try_a_server_of_ones_own(newcomer)
    list_users_in_another_folder(newcomer)


def try_the_demo(newcomer: Newcomer) -> str:
    """The printed curl gets a JWT that the published keys verify; the printed commands work."""
    with newcomer.running("demo", RUN) as demo:
        demo.wait_for_ok(f"{newcomer.address}/health/ready", LONG)
        token = pasted(demo.stdout)["jwtToken"]
        keys = httpx.get(f"{newcomer.address}/.well-known/jwks.json", trust_env=False).json()
        claims = jwt.decode(token, KeySet.import_key_set(keys), ["ES256"]).claims
        assert claims["iss"] == newcomer.address
        assert demo.stdout.startswith("Installing what Remint needs to run")
        there = {path.name for path in (newcomer.clone / ".venv/bin").iterdir()}
        assert there.isdisjoint(DEVELOPMENT_TOOLS)
        assert "remint serve --demo" in newcomer.type(commands_for_another_shell(demo.stdout))
        return demo.stdout


def try_the_demo_again(newcomer: Newcomer, printed: str) -> None:
    """In the very shell that ran the printed commands. Nothing is installed a second time."""
    with newcomer.running("again", f"{commands_for_another_shell(printed)}\n{RUN}") as again:
        again.wait_for_ok(f"{newcomer.address}/health/ready", 60.0)
        assert pasted(again.stdout)["jwtToken"]
        assert "Installing" not in again.stdout
        assert password_in(again.stdout) == password_in(printed)


def commands_for_another_shell(printed: str) -> str:
    [lines] = re.findall(r"Manage it from another shell:\n\n((?:  .+\n)+)", printed)
    return str(lines)


def password_in(printed: str) -> str:
    [password] = re.findall(r"^  password  (\S+)$", printed, re.MULTILINE)
    return str(password)


def try_a_server_of_ones_own(newcomer: Newcomer) -> None:
    """The password is typed where the README has three dots."""
    log_in, refresh, log_out = TRY.strip().split("\n\n")
    with Terminal(["sh", "-ec", SET_UP], cwd=newcomer.clone, env=newcomer.env) as terminal:
        terminal.type_after("Password: ", PASSWORD)
        terminal.type_after("Repeat for confirmation: ", PASSWORD)
        Thread(target=terminal.exit_code, daemon=True).start()  # reads what the server logs
        wait_until(newcomer.is_served, "the server is ready", 60.0)
        opened = newcomer.paste(log_in.replace("…", PASSWORD, 1))
        assert set(opened) == {"jwtToken", "refreshToken"}
        own = opened["refreshToken"]
        assert set(newcomer.paste(refresh.replace("rmt1_…", own))) == {"jwtToken"}
        assert newcomer.paste(log_out.replace("rmt1_…", own)) is None
        ended = newcomer.paste(refresh.replace("rmt1_…", own))
        assert ended["error"]["details"][0]["code"] == "sessionRevoked"
    secret = Path(newcomer.env["HOME"], "remint.secret")
    assert secret.stat().st_mode & 0o077 == 0


def list_users_in_another_folder(newcomer: Newcomer) -> None:
    """A command that reads makes nothing, and says where it looked."""
    folder = newcomer.clone.parent / "elsewhere"
    folder.mkdir()
    export = SET_UP.partition("\n")[0]
    listing = f"{export}\ncd {folder}\n{newcomer.clone}/.venv/bin/remint users list 2>&1 || true"
    assert "var/remint.db" in newcomer.type(listing)
    assert list(folder.iterdir()) == []
