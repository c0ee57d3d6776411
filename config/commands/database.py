"""`remint database`: the schema, for operators who do not let the server change it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from config.loading import missing_database_file, require_database_file, settings_or_exit
from config.wiring.container import Container
from infrastructure.database import schema
from infrastructure.database.address import Address
from infrastructure.database.copying import CopyRefused, copy_all
from infrastructure.database.database import Database
from infrastructure.database.schema import Status
from infrastructure.telemetry.logs import set_up_logs
from interfaces.cli.failures import ExitCode, fail, failures_as_exit_codes
from interfaces.cli.printing import json_option, print_record

Result = TypeVar("Result")


@click.group()
def database() -> None:
    """Upgrade, inspect or copy the database."""


@database.command()
def upgrade() -> None:
    """Upgrade the schema. Needs no server secret; servers can keep running."""
    _with_database(schema.upgrade)
    click.echo(f"The schema is at {schema.head()}.")


@database.command()
@json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show the schema's revision. The exit code is 1 if an upgrade is due."""
    is_missing = missing_database_file(settings_or_exit()) is not None
    found = Status(None, schema.head()) if is_missing else _with_database(schema.status)
    record = {
        "current": found.current,
        "head": found.head,
        "isBehind": found.is_behind,
        "isServable": found.is_servable,
    }
    advice = " Run: remint database upgrade" if found.is_behind else ""
    sentence = f"Schema: {found.current or 'none'}; expected: {found.head}.{advice}"
    print_record(record, sentence, as_json=as_json)
    if found.is_behind or not found.is_servable:
        context.exit(ExitCode.FAILED)


@database.command()
@click.option("--to", "url", required=True, metavar="URL", help="Address of the empty database.")
@json_option
def copy(url: str, as_json: bool) -> None:
    """Copy everything to another, empty database.

    Stop the servers first. Start them again with the new database.url and the same server secret:
    all sessions continue. Put the password into PGPASSWORD or ~/.pgpass and not into URL, because
    other users of this machine can read the command line.
    """
    require_database_file(settings_or_exit())
    target = _database_at(url)

    async def copy_to_target(source: Database) -> dict[str, int]:
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


def _database_at(url: str) -> Database:
    try:
        address = Address.parse(url)
    except ValueError as error:
        fail(str(error), ExitCode.USAGE)
    if address.has_password:
        fail("Leave the password out of URL: use PGPASSWORD or ~/.pgpass.", ExitCode.USAGE)
    return Database(address)


def _with_database(act: Callable[[Database], Awaitable[Result]]) -> Result:
    settings = settings_or_exit()
    # Standard output has the command's result only.
    set_up_logs(settings.log.level, settings.log.format, stream=sys.stderr)

    async def run() -> Result:
        database = Container(settings=settings, secrets=()).database()
        try:
            return await act(database)
        finally:
            await database.dispose()

    with failures_as_exit_codes():
        return asyncio.run(run())
