"""Loads settings and secrets for a command, which fails with the reasons if one is invalid."""

import os
from collections.abc import Callable
from typing import TypeVar

from config.settings.loading import load_settings
from config.settings.reading import SettingsError
from config.settings.sections import Settings
from config.settings.server_secret import load_secrets
from interfaces.cli.failures import ExitCode, fail

Loaded = TypeVar("Loaded")


def settings_or_exit() -> Settings:
    """The settings of this process."""
    return _or_exit(lambda: load_settings(os.environ))


def secrets_or_exit() -> tuple[bytes, ...]:
    """The server secrets of this process."""
    return _or_exit(lambda: load_secrets(os.environ))


def _or_exit(load: Callable[[], Loaded]) -> Loaded:
    try:
        return load()
    except SettingsError as error:
        fail("\n       ".join(error.problems), ExitCode.USAGE)
