"""Node and npm for what our documents say to people who use them."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from testing.packages import program


def run_node(script: Path, **environment: str) -> Any:
    """Run a script to its end; what it prints is JSON."""
    node = program("node", "nodejs")
    done = subprocess.run(
        [node.path, script],
        env=os.environ | node.env | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def npm_install(source: Path, target: Path) -> None:
    """Install exactly what the lock file in `source` names, into `target`."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm is not on PATH: install Node.js with npm to run these tests")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, target)
    quietly = ["--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run([npm, "ci", *quietly], cwd=target, check=True, capture_output=True)
