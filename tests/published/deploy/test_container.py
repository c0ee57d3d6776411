"""The image's recipe: judged by hadolint, its steps done here, where no container engine runs."""

import json
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.servers.command import REMINT
from tests.support.servers.deployment import deployed

ROOT = Path(__file__).parents[3]
RECIPE = (ROOT / "deploy/Containerfile").read_text()
TOOLS = Path(sys.executable).parent


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [TOOLS / "hadolint", "--failure-threshold", "info", ROOT / "deploy/Containerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_it_runs_as_a_number_that_is_not_root_and_checks_its_own_health() -> None:
    last_stage = RECIPE.rpartition("\nFROM ")[2]
    assert re.search(r"(?m)^USER (\d+):\d+$", last_stage)[1] != "0"  # type: ignore[index]
    assert re.search(r"(?m)^HEALTHCHECK ", last_stage)


@pytest.mark.slow
def test_its_health_check_tells_a_service_that_answers_from_none(tmp_path: Path) -> None:
    [command] = re.findall(r"(?m)^    CMD (\[.+\])$", RECIPE)
    program, *words = json.loads(command)
    assert program == "remint"
    with deployed(tmp_path) as remint:
        there = {"REMINT_SERVER_PORT": str(remint.server.port)}
        assert _exit_code(words, there) == 0
    assert _exit_code(words, there) != 0


def _exit_code(words: list[str], environment: dict[str, str]) -> int:
    command = [*REMINT, *words]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode


@pytest.mark.proves("S4")
def test_what_it_copies_is_named_and_holds_no_secret() -> None:
    """Nothing but the sources can get into a layer."""
    copied = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", RECIPE)
    sources = {source for line in copied for source in line.split()}
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in allowed
    assert {line.removeprefix("!") for line in allowed if line.startswith("!")} == sources
    assert "secret" not in RECIPE.lower()


@pytest.mark.slow
def test_the_wheel_that_it_builds_has_every_file_of_the_packages(tmp_path: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "domain", "application", "infrastructure", "interfaces", "config"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    with zipfile.ZipFile(built_wheel(tmp_path)) as wheel:
        assert set(tracked) - set(wheel.namelist()) == set()


@pytest.mark.proves("S8")
@pytest.mark.slow
def test_the_build_requirements_are_locked_and_suffice(tmp_path: Path) -> None:
    """The step that installs Remint itself asks no registry for anything."""
    remint = tmp_path / "remint"
    venv.create(remint, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    wheel = built_wheel(tmp_path)
    target = ["--python", str(remint / "bin/python")]
    subprocess.run(
        [*pip, *target, "install", "-q", "--no-deps", "--no-index", wheel], check=True, cwd=tmp_path
    )
    assert (remint / "bin/remint").exists()
    locked = (ROOT / "requirements-build.lock").read_text()
    assert re.findall(r"(?m)^hatchling==.+ \\\n +--hash=sha256:", locked)


def built_wheel(folder: Path) -> Path:
    built = folder / "wheels"
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q"]
    offline = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, *offline, "--wheel-dir", built, ROOT], check=True, cwd=folder)
    return next(built.iterdir())
