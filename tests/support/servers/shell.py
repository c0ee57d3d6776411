"""What a person does in a shell: runs `remint`, and pastes what it printed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

from testing.packages import with_programs


def run_remint(words: Sequence[str], environment: Mapping[str, str], typed: str = "") -> str:
    """Run a command to its end and give what it printed; a failure is a failure of the test."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REMINT_")}
    done = subprocess.run(
        [sys.executable, "-m", "config.main", *words],
        env=clean | dict(environment),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pasted(printed: str) -> dict[str, str]:
    """What the printed `curl` answers when somebody pastes it into a shell."""
    [command] = re.findall(r"  curl .*?}'", printed, re.DOTALL)
    answer = subprocess.run(
        ["sh", "-c", command],
        env=with_programs("curl"),
        capture_output=True,
        check=True,
        timeout=30,
    )
    return dict(json.loads(answer.stdout))
