"""Looks at the files that the settings name: who may read them, and whether they are there."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from config.doctor.finding import Finding, State
from config.settings.reading import FILE_VARIABLE
from config.settings.sections import Settings
from config.settings.server_secret import is_exposed


def exposed_files(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Files with secrets in them. The server secret's own is refused at once if it is exposed."""
    files = {"tls key": settings.server.tls_key, "database file": _database_file(settings)}
    if urlsplit(settings.database.url).password:
        files["settings file"] = environment.get(FILE_VARIABLE)
    for about, name in files.items():
        if name and (file := Path(name)).exists():
            yield _exposure(about, file)


def missing_database(settings: Settings) -> Finding | None:
    """That there is no database file, which a look would make; None if there is one."""
    name = _database_file(settings)
    if name is None or Path(name).exists():
        return None
    home = next(folder for folder in Path(name).absolute().parents if folder.exists())
    if not (home.is_dir() and os.access(home, os.W_OK)):
        advice = "Let database.url name a file in a folder that the service may write to."
        return Finding("database", State.FAILED, f"There is none, and {home} is closed.", advice)
    return Finding("database", State.WARNING, "There is none yet.", "Start the server.")


def _exposure(about: str, file: Path) -> Finding:
    found = file.stat()
    if is_exposed(found.st_mode, found.st_uid, os.geteuid()):
        return Finding(about, State.FAILED, "Others may read it.", f"Run: chmod 600 {file}")
    return Finding(about, State.FINE, "Nobody else may read it.")


def _database_file(settings: Settings) -> str | None:
    url = urlsplit(settings.database.url)
    return url.path.removeprefix("/") if url.scheme.startswith("sqlite") else None
