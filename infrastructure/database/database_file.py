"""Owns which file an SQLite database is: made when there was none, and never exchanged."""

import errno
from pathlib import Path

import structlog

from domain.errors import Unavailable

MISSING = "databaseFileMissing"
REPLACED = "databaseFileReplaced"
WAL = "-wal"


class DatabaseFile:
    """The file at the path of an SQLite database.

    SQLite keeps the file that it opened, even when the path names another file or none. Whatever is
    written then is lost with the process. Therefore every use of a connection compares both.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def prepare(self) -> None:
        """Before a connection is opened: make the file for its owner alone, unless there was one.

        Raises:
            Unavailable: the file is missing or was replaced; see `check`. A file whose write-ahead
                log is still there is missing too, because SQLite would empty that log.
        """
        if self._opened is None:
            if not self._path.exists():
                self._make()
            if not self._path.is_file():
                raise OSError(errno.EINVAL, "not a regular file")  # a pipe would never answer
            self._opened = self._identity()
        self.check()

    def check(self) -> None:
        """Compare the file at the path with the file that was opened.

        Raises:
            Unavailable: `databaseFileMissing`, `databaseFileReplaced`.
        """
        found = self._identity()
        if found is None:
            raise self._missing()
        if self._opened is not None and found != self._opened:
            says = f"{self._path.absolute()} is another file than the one that was opened."
            raise Unavailable(REPLACED, explanation=f"{says} Restart Remint.")

    def _make(self) -> None:
        if self._path.with_name(self._path.name + WAL).exists():
            raise self._missing()
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        structlog.get_logger("remint").info("databaseFileMade", file=str(self._path.absolute()))

    def _missing(self) -> Unavailable:
        says = f"The database file {self._path.absolute()} is missing, and its log is still there"
        if self._opened is not None:
            says = f"The database file {self._path.absolute()} was moved or deleted"
        return Unavailable(MISSING, explanation=f"{says}. Put it back, or restore a backup.")

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
