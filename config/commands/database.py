"""`remint database`: the schema, for operators who do not let the server change it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from config.loading import settings_or_exit
from interfaces.cli.failures import ExitCode, told_to_the_shell
from interfaces.cli.printing import json_option, print_record

if TYPE_CHECKING:
    from infrastructure.database.database import Database

Result = TypeVar("Result")


@click.group()
def database() -> None:
    """Upgrade the database schema and look at its state."""


@database.command()
def upgrade() -> None:
    """Bring the schema up to date. Needs no server secret; servers may go on meanwhile."""
    from infrastructure.database import schema

    _with_database(schema.upgrade)
    click.echo(f"The schema is at {schema.head()}.")


@database.command()
@json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Say which schema is there and which is meant. Exit code 1 if an upgrade is due."""
    from infrastructure.database import schema

    found = _with_database(schema.status)
    record = {
        "current": found.current,
        "head": found.head,
        "isBehind": found.is_behind,
        "isServable": found.is_servable,
    }
    advice = " Run: remint database upgrade" if found.is_behind else ""
    there = f"The schema is at {found.current}" if found.current else "There is no schema yet"
    print_record(record, f"{there}; this version means {found.head}.{advice}", as_json=as_json)
    if found.is_behind or not found.is_servable:
        context.exit(ExitCode.FAILED)


def _with_database(act: "Callable[[Database], Awaitable[Result]]") -> Result:
    settings = settings_or_exit()
    from config.container import Container

    async def run() -> Result:
        database = Container(settings=settings, secrets=()).database()
        try:
            return await act(database)
        finally:
            await database.dispose()

    with told_to_the_shell():
        return asyncio.run(run())
