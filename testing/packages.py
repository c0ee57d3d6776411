"""Programs from Debian's packages, for machines where they are not installed."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAME_NAME = (
    "chromium",
    "curl",
    "haproxy",
    "jq",
    "nginx",
    "pgbouncer",
    "slowhttptest",
    "tcc",
    "wrk",
)
PACKAGES = {"promtool": "prometheus", "systemd-analyze": "systemd"} | {
    name: name for name in SAME_NAME
}
"""In which of Debian's packages a program is."""


@dataclass(frozen=True)
class Program:
    """A program and the environment in which it finds its libraries."""

    path: Path
    env: dict[str, str]


@dataclass(frozen=True)
class Unpacked:
    """A package and what it needs, below a folder of their own."""

    home: Path

    @property
    def env(self) -> dict[str, str]:
        libraries = ("lib/*-linux-*/**/*.so*", "usr/lib/*-linux-*/**/*.so*")
        folders = {file.parent for pattern in libraries for file in self.home.glob(pattern)}
        return {"LD_LIBRARY_PATH": ":".join(map(str, sorted(folders)))}

    def find(self, pattern: str) -> Path:
        """The newest path that matches, relative to the folder."""
        found = sorted(self.home.glob(pattern))
        if not found:
            raise RuntimeError(f"Debian's package {self.home.name} has no {pattern}")
        return found[-1]


@cache
def program(name: str) -> Program:
    """The program `name`: from PATH, else from its package in Debian.

    The package is unpacked into a cache, not installed: that needs no root, starts no service and
    leaves the machine as it was.
    """
    installed = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if installed:
        return Program(Path(installed), {})
    found = unpacked(PACKAGES[name])
    return Program(found.find(f"usr/*bin/{name}"), found.env)


def c_compiler() -> Program:
    """The machine's own, else a small one that needs no headers."""
    own = shutil.which("cc")
    return Program(Path(own), {}) if own else program("tcc")


def with_programs(*names: str) -> dict[str, str]:
    """The tests' own environment, in which a shell finds these programs."""
    found = [program(name) for name in names]
    path = ":".join([*(str(each.path.parent) for each in found), os.environ["PATH"]])
    libraries = [each.env["LD_LIBRARY_PATH"] for each in found if each.env]
    more = {"LD_LIBRARY_PATH": ":".join(libraries)} if libraries else {}
    return os.environ | more | {"PATH": path}


@cache
def unpacked(package: str) -> Unpacked:
    """Debian's `package` with those that it needs and this machine lacks."""
    cache_folder = _cache_folder()
    home = cache_folder / package
    with _alone(cache_folder):
        if not home.exists():
            _unpack(package, home)
    return Unpacked(home)


def _unpack(package: str, home: Path) -> None:
    print(f"Unpacking Debian's package {package} into {home} …", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        root = Path(folder, "root")
        for archive in _download(package, Path(folder)):
            _run(["dpkg", "-x", str(archive), str(root)], Path(folder))
        # In one step, so that a run that is interrupted leaves nothing half unpacked.
        root.rename(home)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process unpacks anything."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _cache_folder() -> Path:
    # Root's home is closed to the users as whom root's tests run servers.
    own = Path("/var/cache") if os.geteuid() == 0 else Path.home() / ".cache"
    folder = Path(os.environ.get("XDG_CACHE_HOME") or own) / "remint-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _download(package: str, folder: Path) -> list[Path]:
    if shutil.which("apt-get") is None:
        raise RuntimeError(f"{package} is not installed and this is no Debian: put it on PATH")
    names = re.findall(r"^Inst (\S+)", _plan(package, folder), re.MULTILINE)
    if not names:
        raise RuntimeError(f"{package} is installed, but its programs are not on PATH")
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


def _run(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(command)}` failed; install it by hand:\n{done.stderr}")
    return done.stdout
