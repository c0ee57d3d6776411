"""Owns the examination of an SQLite file from outside: why it cannot be opened, and the remedy."""

import os
import pwd
import shlex
from pathlib import Path

HEADER = b"SQLite format 3\0"
COMPANIONS = ("", "-wal", "-shm")
"""Endings of the files that belong to a database, the database itself included."""


def file_fault(file: Path) -> str | None:
    """A sentence for the first fault of `file` that an examination confirms; nothing is changed."""
    file = file.absolute()
    try:
        return _fault_of_folders(file) or _fault_of_files(file)
    except OSError as error:
        return f"The database file {_shown(file)} cannot be examined: {error.strerror}."


def _fault_of_folders(file: Path) -> str | None:
    existing = [folder for folder in file.parents if folder.exists()]
    if not existing[0].is_dir():
        return f"{_shown(existing[0])} is a file, where database.url needs a folder."
    return _fault_of_access("folder", existing[0], os.W_OK | os.X_OK)


def _fault_of_files(file: Path) -> str | None:
    if file.is_dir():
        return f"{_shown(file)} is a folder, where database.url needs a file."
    if file.exists() and not file.is_file():
        return f"{_shown(file)} is no regular file, which database.url needs."
    for companion in (file.with_name(file.name + ending) for ending in COMPANIONS):
        if companion.exists() and (fault := _fault_of_access("file", companion, os.R_OK | os.W_OK)):
            return fault
    if file.exists() and file.stat().st_size and _beginning(file) != HEADER:
        return (
            f"{_shown(file)} is no SQLite database. Let database.url name another file, or "
            "restore a backup."
        )
    return None


def _fault_of_access(kind: str, path: Path, needed: int) -> str | None:
    if os.access(path, needed):
        return None
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"The {kind} {_shown(path)} is on a file system that is mounted read-only."
    user, owner = user_name(os.geteuid()), user_name(path.stat().st_uid)
    if user == owner:
        mode = "u+rwx" if kind == "folder" else "u+rw"
        remedy = f"chmod {mode} {_quoted(path)}"
    else:
        remedy = f"chown {user} {_quoted(path)}"
    return (
        f"The {kind} {_shown(path)} belongs to the user {owner}, and the user {user} cannot write "
        f"to it. Run as {owner if user == owner else 'root'}: {remedy}"
    )


def user_name(user_id: int) -> str:
    """The login name of a user id; the number itself where it has none, as in containers."""
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(len(HEADER))


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()


def _quoted(path: Path) -> str:
    return shlex.quote(_shown(path))
