"""Commands prompt for passwords and tokens on a real terminal, and do not echo them."""

import sys
from pathlib import Path

import pytest

from config.settings.server_secret import new_secret
from tests.support.servers.command import environment, run_remint
from tests.support.servers.terminal import Terminal

PASSWORD = "correct horse battery"
SECRET = new_secret()


def remint(folder: Path, *words: str) -> Terminal:
    return Terminal(
        [sys.executable, "-m", "config.main", *words],
        cwd=folder,
        env=environment({"REMINT_SECRET": SECRET}),
    )


@pytest.mark.proves("S4")
def test_a_password_is_asked_for_twice_and_never_shown(tmp_path: Path) -> None:
    with remint(tmp_path, "users", "add", "alice") as terminal:
        terminal.type_after("Password: ", PASSWORD)
        terminal.type_after("Repeat for confirmation: ", PASSWORD)
        assert terminal.exit_code() == 0
        assert "Added alice" in terminal.shown
        assert PASSWORD not in terminal.shown


@pytest.mark.proves("S4")
def test_a_refresh_token_is_asked_for_and_never_shown(tmp_path: Path) -> None:
    run_remint(
        *(tmp_path, {"REMINT_SECRET": SECRET}),
        *("users", "add", "alice", "--password-stdin"),
        typed=PASSWORD,
    )
    with remint(tmp_path, "sessions", "explain") as terminal:
        terminal.type_after("Refresh token: ", "rmt1_CANARY")
        assert terminal.exit_code() == 3
        assert "The refresh token is malformed" in terminal.shown
        assert "CANARY" not in terminal.shown
