"""The command `remint` in a child process, as people run it in a shell."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from testing.packages import with_programs
from tests.support.servers.forking import Forks

AS_INSTALLED = str(Path(__file__).parent / "as_installed")
REMINT = (sys.executable, "-m", "config.main")


def run_remint(folder: Path, settings: Mapping[str, str], *words: str, typed: str = "") -> str:
    """What a command prints; its failure is the test's failure."""
    done = try_remint(folder, settings, *words, typed=typed)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def try_remint(
    folder: Path, settings: Mapping[str, str], *words: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, also if it fails.

    Args:
        folder: where it runs.
        settings: environment variables; those of the tests' own that are Remint's are left out.
        typed: the command's standard input.
    """
    env = environment(settings)
    if env["PYTHONPATH"] != AS_INSTALLED:  # another version than the one that the forks have loaded
        command = [*REMINT, *words]
        return subprocess.run(
            command, input=typed, capture_output=True, text=True, cwd=folder, env=env, check=False
        )
    with ExitStack() as stack:
        stdin, stdout, stderr = (stack.enter_context(TemporaryFile()) for _ in range(3))
        stdin.write(typed.encode())
        stdin.seek(0)
        code = _forks().run(
            words,
            folder=folder,
            env=env,
            streams=[stream.fileno() for stream in (stdin, stdout, stderr)],
        )
        said = []
        for stream in (stdout, stderr):
            stream.seek(0)
            said.append(stream.read().decode())
    return subprocess.CompletedProcess(["remint", *words], code, *said)


@cache
def _forks() -> Forks:
    """One for this process, started when it is first needed."""
    return Forks(environment({}))


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The tests' own environment, with these settings of Remint and no others.

    Python then finds the packages that an image has; see the file in the folder.
    """
    outside = {k: v for k, v in os.environ.items() if not k.startswith("REMINT_")}
    return outside | {"PYTHONPATH": AS_INSTALLED} | dict(settings)


def pasted(printed: str) -> dict[str, str]:
    """The answer to the printed `curl` when somebody pastes it into a shell."""
    [command] = re.findall(r"  curl .*?}'", printed, re.DOTALL)
    answer = subprocess.run(
        ["sh", "-c", command],
        env=with_programs("curl"),
        capture_output=True,
        check=True,
        timeout=30,
    )
    return dict(json.loads(answer.stdout))
