"""Prometheus' own checks."""

import subprocess
from pathlib import Path

from testing.packages import program


def promtool(*words: str | Path, text: str = "") -> str:
    """What it says; a failed check is a failure of the test."""
    found = program("promtool")
    done = subprocess.run(
        [found.path, *words], input=text, capture_output=True, text=True, env=found.env, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
