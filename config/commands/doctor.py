"""`remint doctor`: the findings about this installation, each with advice."""

import asyncio

import click

from config.doctor.examination import examine
from config.doctor.finding import Finding
from config.loading import secrets_or_exit, settings_or_exit
from config.wiring.container import Container
from interfaces.cli.failures import ExitCode
from interfaces.cli.printing import json_option, print_record, print_records


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Diagnose this installation.

    Examines settings, files, database, schema, privileges, clock, signing keys, clients and trusted
    issuers, whose key sets it fetches, and changes nothing. The exit code is 1 if a check failed;
    warnings do not affect it.
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


async def _examined() -> list[Finding]:
    settings, secrets = settings_or_exit(), secrets_or_exit()
    container = Container(settings=settings, secrets=secrets)
    return [finding async for finding in examine(settings, container)]


def _told(each: Finding) -> str:
    advice = f" {each.advice}" if each.advice else ""
    return f"{each.state:<8} {each.about:<14} {each.says}{advice}"
