"""Loads settings and secrets for a command, and says on standard error what is wrong with them."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from config.settings.reading import SettingsError
from interfaces.cli.failures import ExitCode, fail

if TYPE_CHECKING:
    from application import UseCases
    from config.settings.sections import Settings

Loaded = TypeVar("Loaded")
_NOT_OUR_KEYS = (
    "The signing keys in this database belong to another server secret. Hand over that one, with "
    "newer ones behind it."
)


def settings_or_exit() -> "Settings":
    """The settings of this process."""
    from config.settings.sections import Settings  # heavy: only when a command needs it

    return _or_exit(lambda: Settings.load(os.environ))


def secrets_or_exit() -> tuple[bytes, ...]:
    """The server secrets of this process."""
    from config.settings.server_secret import load_secrets

    return _or_exit(lambda: load_secrets(os.environ))


@asynccontextmanager
async def use_cases_at_hand() -> "AsyncIterator[UseCases]":
    """The use cases for a single command, over the configured database.

    The audit trail goes to standard error, so that standard output is the command's result alone.
    """
    settings, secrets = settings_or_exit(), secrets_or_exit()
    from config.wiring.container import Container
    from config.wiring.service import Service
    from infrastructure.security.encryption import DecryptionFailed
    from infrastructure.telemetry.logs import set_up_logs

    set_up_logs(settings.log.level, settings.log.format, stream=sys.stderr)
    container = Container(settings=settings, secrets=secrets)
    try:
        async with Service(container).at_hand():
            yield container.use_cases()
    except DecryptionFailed:
        fail(_NOT_OUR_KEYS, ExitCode.USAGE)


def _or_exit(load: Callable[[], Loaded]) -> Loaded:
    try:
        return load()
    except SettingsError as error:
        fail("\n       ".join(error.problems), ExitCode.USAGE)
