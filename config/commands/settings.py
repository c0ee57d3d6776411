"""`remint settings`: the effective settings, their sources and their dangers."""

import os
from collections.abc import Sequence

import click

from config.loading import secrets_or_exit, settings_or_exit
from config.settings.reading import SECRET_VARIABLES
from config.settings.report import EffectiveSetting, effective_settings
from config.settings.server_secret import secret_ids
from interfaces.cli.failures import ExitCode
from interfaces.cli.printing import Record, json_option, print_records


@click.group()
def settings() -> None:
    """Show the effective settings."""


@settings.command()
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Show the effective settings and flag dangerous ones.

    Each setting has its source: the file, the environment or the defaults. A dangerous setting has
    the reason, and makes the exit code 1. Passwords and secrets stay hidden; each server secret has
    an id, so that the lists of several instances can be compared.
    """
    effective, secrets = settings_or_exit(), secrets_or_exit()
    found = list(effective_settings(effective, os.environ))
    if as_json:
        print_records([_record(each) for each in found], as_json=True)
    else:
        ids = secret_ids(secrets)
        _tell(
            found,
            f"{len(secrets)}, from {_where_from()}. "
            f"Ids, in their order: {', '.join(ids)}. New tokens are made with {ids[-1]}",
        )
    if any(each.danger for each in found):
        context.exit(ExitCode.FAILED)


def _tell(found: Sequence[EffectiveSetting], secrets: str) -> None:
    print_records(
        [{"setting": each.name, "value": each.value, "source": each.source} for each in found],
        as_json=False,
    )
    click.echo(f"\nServer secrets: {secrets}.")
    dangerous = [f"  {each.name} {each.danger}" for each in found if each.danger]
    lines = ["Dangerous settings:", *dangerous] if dangerous else ["No setting is dangerous."]
    click.echo("\n".join(lines))


def _record(each: EffectiveSetting) -> Record:
    return {
        "setting": each.name,
        "value": each.value,
        "source": each.source,
        "danger": each.danger,
    }


def _where_from() -> str:
    return next(name for name in SECRET_VARIABLES if os.environ.get(name))
