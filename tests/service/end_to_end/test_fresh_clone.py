"""The Makefile's ways to set Remint up, in a clone on which nothing was set up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(660)]

ROOT = Path(__file__).parents[3]
NOT_OURS = ("REMINT_", "VIRTUAL_ENV", "PYTHON", "MAKE", "MFLAGS", "GNUMAKEFLAGS")
"""What must not get from these tests, which can run under make themselves, into the clone."""
DEVELOPMENT_TOOLS = ("pytest", "mypy", "ruff")
TOO_OLD = "#!/bin/sh\nexit 1\n"
"""A Python that passes no question about its version and has no pip."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    command = ["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(folder)]
    subprocess.run(command, check=True, timeout=120)
    return folder


def outside(**environment: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    return ours | environment


def make(clone: Path, target: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = outside(**{"PYTHON": sys.executable} | environment)
    return subprocess.run(
        ["make", target],
        cwd=clone,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def an_old_python(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TOO_OLD)
    path.chmod(0o755)
    return path


def programs(clone: Path) -> set[str]:
    return {path.name for path in (clone / ".venv/bin").iterdir()}


def test_make_install_leaves_a_command_that_needs_neither_the_clone_nor_tools(
    clone: Path, tmp_path: Path
) -> None:
    done = make(clone, "install")
    assert done.returncode == 0, done.stderr
    assert programs(clone).isdisjoint([*DEVELOPMENT_TOOLS, "pip", "hatchling"])
    where = "import config, sys; print(config.__file__.startswith(sys.prefix))"
    python = clone / ".venv/bin/python"
    from_elsewhere: list[list[str | Path]] = [
        [python, "-c", where],
        [clone / ".venv/bin/remint", "--version"],
    ]
    for command in from_elsewhere:
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert told.stdout.strip() != "False"


@pytest.mark.parametrize("target", ["setup", "run", "install"])
def test_an_old_python_is_refused_and_the_version_that_is_needed_is_said(
    clone: Path, tmp_path: Path, target: str
) -> None:
    old = an_old_python(tmp_path / "python3")
    done = make(clone, target, PYTHON=str(old))
    assert done.returncode != 0
    assert f"Remint needs Python 3.11 or newer, and {old} is none." in done.stderr
    assert not (clone / ".venv").exists()


def test_a_venv_that_a_first_try_left_unusable_is_made_again(clone: Path) -> None:
    """Stopped before anything is installed, because no package can be found."""
    an_old_python(clone / ".venv/bin/python")
    make(clone, "setup", PIP_NO_INDEX="1")
    subprocess.run([clone / ".venv/bin/python", "-m", "pip", "--version"], check=True)
