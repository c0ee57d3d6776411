"""`remint doctor`: what is wrong, and what to do about it."""

import asyncio
from typing import TYPE_CHECKING

import click

from config.loading import secrets_or_exit, settings_or_exit
from interfaces.cli.failures import ExitCode
from interfaces.cli.printing import json_option, print_record, print_records

if TYPE_CHECKING:
    from config.doctor.finding import Finding


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Look for what is wrong, and say what to do.

    Looks at settings, files, database, schema, rights, clock and keys; changes nothing. Exit code 1
    if something has failed; warnings are none.
    """
    found = asyncio.run(_examined())
    if as_json:
        records = [
            {"about": each.about, "state": each.state, "says": each.says, "advice": each.advice}
            for each in found
        ]
        print_records(records, as_json=True)
    else:
        for each in found:
            print_record({}, _told(each), as_json=False)
    if any(each.state == "failed" for each in found):
        context.exit(ExitCode.FAILED)


async def _examined() -> "list[Finding]":
    settings, secrets = settings_or_exit(), secrets_or_exit()
    from config.doctor.examination import examine
    from config.wiring.container import Container

    container = Container(settings=settings, secrets=secrets)
    return [finding async for finding in examine(settings, container)]


def _told(each: "Finding") -> str:
    advice = f" {each.advice}" if each.advice else ""
    return f"{each.state:<8} {each.about:<14} {each.says}{advice}"
