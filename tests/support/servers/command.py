"""The command `remint` in a child process, as people run it in a shell."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from testing.packages import with_programs

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
    return subprocess.run(
        [*REMINT, *words],
        input=typed,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(settings),
        timeout=60,
        check=False,
    )


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
