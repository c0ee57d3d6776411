"""Opens the use cases for a single command."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TextIO

import click
from dependency_injector import providers

from application import UseCases
from config.loading import (
    missing_database_file,
    require_database_file,
    secrets_or_exit,
    settings_or_exit,
)
from config.wiring.container import Container
from config.wiring.service import Service
from infrastructure.telemetry.audit_relay import AuditOfCommand
from infrastructure.telemetry.logs import set_up_logs
from interfaces.cli.calling import Access


@asynccontextmanager
async def open_use_cases(access: Access) -> AsyncIterator[UseCases]:
    """The use cases over the configured database, prepared as `access` says.

    Logs go to stderr, so that stdout has the command's result only. Audit events go to the servers,
    by way of the database: see `_audited`.
    """
    settings = settings_or_exit()
    if access is not Access.CREATE:
        require_database_file(settings)
    elif (file := missing_database_file(settings)) is not None:
        click.echo(f"Creating the database {file.absolute()}.", err=True)
    container = _container(sys.stderr)
    if access is Access.READ:
        service = Service(container)
        async with service.reading():
            yield service.use_cases
        return
    audit = AuditOfCommand(container.clock(), container.entropy())
    container.audit.override(providers.Object(audit))
    service = Service(container)
    in_parts = access is Access.PURGE
    async with service.ready(lambda: _audited(container, audit, in_parts=in_parts)):
        yield service.use_cases


def service_of_this_process(logs: TextIO) -> Service:
    """The service by the settings of this process, which logs to that stream."""
    return Service(_container(logs))


def _container(logs: TextIO) -> Container:
    settings, secrets = settings_or_exit(), secrets_or_exit()
    set_up_logs(settings.log.level, settings.log.format, stream=logs)
    return Container(settings=settings, secrets=secrets)


@asynccontextmanager
async def _audited(
    container: Container, audit: AuditOfCommand, *, in_parts: bool
) -> AsyncIterator[None]:
    """Commit what is written inside together with its audit events: both, or nothing.

    Args:
        in_parts: each operation inside commits by itself, and the events after them.
    """
    async with nullcontext() if in_parts else container.database().together():
        yield
        await audit.store(container.audit_outbox())
