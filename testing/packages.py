"""Programs from Debian's packages, for machines where they are not installed."""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A program and the environment in which it finds its libraries."""

    path: Path
    env: dict[str, str]


@cache
def program(name: str, package: str | None = None) -> Program:
    """The program `name`: from PATH, else from Debian's `package`, mostly of the same name.

    The package is unpacked into a cache, not installed: that needs no root, starts no service and
    leaves the machine as it was.
    """
    installed = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if installed:
        return Program(Path(installed), {})
    home = _unpacked(package or name)
    folders = {file.parent for file in home.glob("usr/lib/*-linux-*/**/*.so*")}
    libraries = ":".join(map(str, sorted(folders)))
    return Program(next(home.glob(f"usr/*bin/{name}")), {"LD_LIBRARY_PATH": libraries})


def _unpacked(package: str) -> Path:
    home = _cache_folder() / package
    if not home.exists():
        with tempfile.TemporaryDirectory(dir=home.parent) as folder:
            root = Path(folder, "root")
            for archive in _download(package, Path(folder)):
                _run(["dpkg", "-x", str(archive), str(root)], Path(folder))
            # In one step, so that a run that is interrupted leaves nothing half unpacked.
            root.rename(home)
    return home


def _cache_folder() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "remint-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _download(package: str, folder: Path) -> list[Path]:
    """Fetch the package and those that it needs and this machine lacks."""
    if shutil.which("apt-get") is None:
        raise RuntimeError(f"{package} is not installed and this is no Debian: put it on PATH")
    names = re.findall(r"^Inst (\S+)", _plan(package, folder), re.MULTILINE)
    _run(["apt-get", "download", "-o", "APT::Sandbox::User=", *names], folder)
    return list(folder.glob("*.deb"))


def _plan(package: str, folder: Path) -> str:
    simulate = ["apt-get", "install", "--simulate", "--no-install-recommends", package]
    try:
        return _run(simulate, folder)
    except RuntimeError:
        if os.geteuid() != 0:
            raise
        _run(["apt-get", "update"], folder)  # a fresh image has no lists yet
        return _run(simulate, folder)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(command)}` failed; install it by hand:\n{done.stderr}")
    return done.stdout
