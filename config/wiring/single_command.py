"""Opens the use cases for a single command."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TextIO

import click

from application import UseCases
from config.loading import (
    missing_database_file,
    require_database_file,
    secrets_or_exit,
    settings_or_exit,
)
from config.wiring.container import Container
from config.wiring.service import Service
from infrastructure.telemetry.logs import set_up_logs
from interfaces.cli.calling import Access


@asynccontextmanager
async def open_use_cases(access: Access) -> AsyncIterator[UseCases]:
    """The use cases over the configured database, prepared as `access` says.

    Logs and the audit trail go to stderr, so that stdout has the command's result only.
    """
    settings = settings_or_exit()
    if access is not Access.CREATE:
        require_database_file(settings)
    elif (file := missing_database_file(settings)) is not None:
        click.echo(f"Creating the database {file.absolute()}.", err=True)
    service = service_of_this_process(sys.stderr)
    async with service.reading() if access is Access.READ else service.ready():
        yield service.use_cases


def service_of_this_process(logs: TextIO) -> Service:
    """The service by the settings of this process, which logs to that stream."""
    settings, secrets = settings_or_exit(), secrets_or_exit()
    set_up_logs(settings.log.level, settings.log.format, stream=logs)
    return Service(Container(settings=settings, secrets=secrets))
