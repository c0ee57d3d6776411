"""`remint settings`: what counts, where it came from, and what is dangerous about it."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from config.loading import secrets_or_exit, settings_or_exit
from config.settings.reading import SECRET_VARIABLES
from interfaces.cli.failures import ExitCode
from interfaces.cli.printing import Record, json_option, print_records

if TYPE_CHECKING:
    from config.settings.report import EffectiveSetting


@click.group()
def settings() -> None:
    """Look at the settings."""


@settings.command()
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Say what counts, where it is from, and what is dangerous.

    A setting is from the file, the environment or the defaults. Anything dangerous is said with its
    reason and makes the exit code 1. Passwords and secrets are not shown.
    """
    effective, secrets = settings_or_exit(), secrets_or_exit()
    from config.settings.report import effective_settings

    found = list(effective_settings(effective, os.environ))
    if as_json:
        print_records([_record(each) for each in found], as_json=True)
    else:
        _tell(found, f"{len(secrets)}, from {_where_from()}")
    if any(each.danger for each in found):
        context.exit(ExitCode.FAILED)


def _tell(found: "Sequence[EffectiveSetting]", secrets: str) -> None:
    print_records(
        [{"setting": each.name, "value": each.value, "source": each.source} for each in found],
        as_json=False,
    )
    click.echo(f"\nServer secrets: {secrets}.")
    dangerous = [f"  {each.name} {each.danger}" for each in found if each.danger]
    click.echo("\n".join(["Dangerous:", *dangerous]) if dangerous else "Nothing is dangerous.")


def _record(each: "EffectiveSetting") -> Record:
    return {
        "setting": each.name,
        "value": each.value,
        "source": each.source,
        "danger": each.danger,
    }


def _where_from() -> str:
    return next(name for name in SECRET_VARIABLES if os.environ.get(name))
