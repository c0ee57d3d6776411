"""The help reads well and is complete."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from config.main import main
from tests.support.fakes.command_over_fakes import CommandOverFakes
from tests.support.servers.command import run_remint

HEAVY = ("litestar", "sqlalchemy", "alembic", "cryptography", "argon2", "uvicorn")


def every_command(
    command: click.Command, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from every_command(child, (*words, name))


COMMANDS = [pytest.param(*found, id=" ".join(found[0])) for found in every_command(main)]


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_every_command_and_option_says_what_it_does(
    words: tuple[str, ...], command: click.Command, remint: CommandOverFakes
) -> None:
    result = remint(*words, "--help")
    assert result.exit_code == 0
    assert command.help
    assert not command.get_short_help_str(limit=60).endswith("...")
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_the_overview_says_of_each_command_what_the_command_says(remint: CommandOverFakes) -> None:
    shown = remint("--help").output
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.help is not None
        first_line = command.help.splitlines()[0]
        assert f"  {name:<10}{first_line}\n" in shown


def test_the_help_explains_the_exit_codes(remint: CommandOverFakes) -> None:
    shown = remint("--help").output
    assert "3  no such user, client, issuer, session or key" in shown
    assert "REMINT_CONFIG" in shown


@pytest.mark.proves("S4")
@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_no_command_takes_a_secret_as_an_argument(
    words: tuple[str, ...], command: click.Command
) -> None:
    takes_a_value = {p.name for p in command.params if not getattr(p, "is_flag", False)}
    assert not takes_a_value & {"password", "token", "secret", "refresh_token"}


def test_help_loads_nothing_heavy() -> None:
    check = (
        "import sys; from click.testing import CliRunner; from config.main import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_module_runs_as_the_command_does(tmp_path: Path) -> None:
    assert run_remint(tmp_path, {}, "--version").startswith("remint, version ")
