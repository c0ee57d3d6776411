"""Examines the files that the settings name: whether they exist, and which users can read them."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from config.doctor.finding import Finding, State
from config.settings.reading import FILE_VARIABLE, path_of
from config.settings.sections import Settings
from config.settings.server_secret import how_to_protect, is_exposed
from infrastructure.database.address import Address
from infrastructure.database.database_file import WAL
from infrastructure.database.file_faults import file_fault


def exposed_files(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Files with secrets, except the server secret's, which loading refuses if it is exposed."""
    address = Address.parse(settings.database.url)
    files = {"tls key": settings.server.tls_key, "database file": address.file}
    if address.has_password:
        files["settings file"] = path_of(FILE_VARIABLE, environment.get(FILE_VARIABLE))
    for about, name in files.items():
        if name and os.path.isfile(name):  # noqa: PTH113 - Path raises for unusual names
            yield _exposure(about, Path(name).absolute())


def database_file(settings: Settings) -> Finding | None:
    """A finding if the database file cannot be opened, or is missing and would be created."""
    file = Address.parse(settings.database.url).file
    if file is None:
        return None
    fault = file_fault(file)
    if fault is not None:
        return Finding("database", State.FAILED, fault)
    if file.exists():
        return None
    if file.with_name(file.name + WAL).exists():
        says = f"{file.absolute()} is missing, and its write-ahead log is still there."
        advice = "Move the database file back, or restore a backup (docs/operate.md)."
        return Finding("database", State.FAILED, says, advice)
    says = f"The database file {file.absolute()} does not exist yet."
    return Finding("database", State.WARNING, says, "Start the server.")


def _exposure(about: str, file: Path) -> Finding:
    found = file.stat()
    if is_exposed(found.st_mode, found.st_uid, os.geteuid()):
        return Finding(about, State.FAILED, "Other users can read the file.", how_to_protect(file))
    return Finding(about, State.FINE, "No other user can read the file.")
