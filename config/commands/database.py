"""`remint database`: the schema, for operators who do not let the server change it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from config.loading import settings_or_exit
from infrastructure.database.address import Address
from interfaces.cli.failures import ExitCode, fail, failures_as_exit_codes
from interfaces.cli.printing import json_option, print_record

if TYPE_CHECKING:
    from infrastructure.database.database import Database

Result = TypeVar("Result")


@click.group()
def database() -> None:
    """Upgrade the schema, look at its state, move elsewhere."""


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


@database.command()
@click.option("--to", "url", required=True, metavar="URL", help="The database to fill.")
@json_option
def copy(url: str, as_json: bool) -> None:
    """Copy everything to another, empty database.

    From SQLite to Postgres above all. Stop the servers first, and start them with the new
    database.url and the same server secret: all sessions go on. A password has no place in URL,
    which other users of this machine can see: put it into PGPASSWORD or ~/.pgpass.
    """
    from infrastructure.database.copying import CopyRefused, copy_all

    target = _database_at(url)

    async def copy_to_target(source: "Database") -> dict[str, int]:
        try:
            return await copy_all(source, target)
        finally:
            await target.dispose()

    try:
        copied = _with_database(copy_to_target)
    except CopyRefused as refused:
        fail(f"{refused} Nothing was copied.", ExitCode.CONFLICT)
    sentence = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in copied.items())
    print_record(dict(copied), f"Copied {sentence}.", as_json=as_json)


def _database_at(url: str) -> "Database":
    from infrastructure.database.database import Database

    try:
        address = Address.parse(url)
    except ValueError as error:
        fail(str(error), ExitCode.USAGE)
    if address.has_password:
        fail("Leave the password out of URL: use PGPASSWORD or ~/.pgpass.", ExitCode.USAGE)
    return Database(address)


def _with_database(act: "Callable[[Database], Awaitable[Result]]") -> Result:
    settings = settings_or_exit()
    from config.wiring.container import Container

    async def run() -> Result:
        database = Container(settings=settings, secrets=()).database()
        try:
            return await act(database)
        finally:
            await database.dispose()

    with failures_as_exit_codes():
        return asyncio.run(run())
