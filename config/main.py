"""The entry point `remint`: one group of commands, each loaded when it is called."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import click

from interfaces.cli.failures import EXPLAINED

if TYPE_CHECKING:
    from application import UseCases
    from interfaces.cli.calling import Access

COMMANDS = {
    "serve": ("config.commands.serve", "Serve until stopped."),
    "health": ("config.commands.health", "Ask the server whether it lives."),
    "secret": ("config.commands.secret", "Print a new server secret."),
    "settings": ("config.commands.settings", "Show the effective settings."),
    "doctor": ("config.commands.doctor", "Diagnose this installation."),
    "database": ("config.commands.database", "Upgrade, inspect or copy the database."),
    "users": ("interfaces.cli.users", "Add, list and change users."),
    "clients": ("interfaces.cli.clients", "Add, list and change clients."),
    "issuers": ("interfaces.cli.issuers", "Trust issuers, list them, and trust them no more."),
    "sessions": ("interfaces.cli.sessions", "Open, list, explain and end sessions."),
    "keys": ("interfaces.cli.keys", "List, rotate and remove signing keys."),
}
"""Name → the module that defines a command of that name, and the first sentence of its help.

`remint --help` shows the sentences without loading the modules, which takes a second.
"""


class LazyGroup(click.Group):
    """Loads a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@asynccontextmanager
async def open_use_cases(access: "Access") -> "AsyncIterator[UseCases]":
    """Connect to the configured database. Imports the service only now, because that takes long."""
    single_command = import_module("config.wiring.single_command")
    async with single_command.open_use_cases(access) as use_cases:
        yield use_cases


@click.group(
    cls=LazyGroup, epilog=EXPLAINED, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="remint")
@click.pass_context
def main(context: click.Context) -> None:
    """Remint exchanges refresh tokens for JWTs.

    Remint reads settings from the environment and from the TOML file that REMINT_CONFIG names. The
    environment overrides the file.
    """
    context.obj = context.obj or open_use_cases


if __name__ == "__main__":
    main(prog_name="remint")
