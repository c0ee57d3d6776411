"""Owns which file an SQLite database is: made when there was none, and never exchanged."""

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
            self._opened = self._identity()
        self.check()

    def check(self) -> None:
        """Compare the file at the path with the file that was opened.

        Raises:
            Unavailable: `databaseFileMissing`, `databaseFileReplaced`.
        """
        found = self._identity()
        if found is None:
            raise Unavailable(MISSING)
        if self._opened is not None and found != self._opened:
            raise Unavailable(REPLACED)

    def _make(self) -> None:
        if self._path.with_name(self._path.name + WAL).exists():
            raise Unavailable(MISSING)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        structlog.get_logger("remint").info("databaseFileMade", file=str(self._path.absolute()))

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
