"""Loads settings and secrets for a command, which fails with the reasons if one is invalid."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from config.settings.loading import load_settings
from config.settings.reading import SettingsError
from config.settings.sections import Settings
from config.settings.server_secret import load_secrets
from infrastructure.database.address import Address
from interfaces.cli.failures import ExitCode, fail

Loaded = TypeVar("Loaded")


def settings_or_exit() -> Settings:
    """The settings of this process."""
    return _or_exit(lambda: load_settings(os.environ))


def secrets_or_exit() -> tuple[bytes, ...]:
    """The server secrets of this process."""
    return _or_exit(lambda: load_secrets(os.environ))


def require_database_file(settings: Settings) -> None:
    """End the command if the database file is missing, because connecting would create the file."""
    file = missing_database_file(settings)
    if file is None:
        return
    relative = (
        ""
        if file.is_absolute()
        else " The path in database.url is relative to the directory in which the command runs."
    )
    fail(
        f"There is no database at {file.absolute()}.{relative} `remint serve` and `remint users "
        "add` make one.",
        ExitCode.USAGE,
    )


def missing_database_file(settings: Settings) -> Path | None:
    """The file of an SQLite database that does not exist; None for every other database."""
    file = Address.parse(settings.database.url).file
    try:
        if file is not None:
            file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return file
    except (OSError, ValueError):  # connecting says why
        return None
    return None


def _or_exit(load: Callable[[], Loaded]) -> Loaded:
    try:
        return load()
    except SettingsError as error:
        fail("\n       ".join(error.problems), ExitCode.USAGE)
