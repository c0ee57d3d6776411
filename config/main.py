"""The entry point `remint`: puts the commands together and hands them the use cases."""

import click

from config.commands.database import database
from config.commands.doctor import doctor
from config.commands.secret import secret
from config.commands.serve import serve
from config.commands.settings import settings
from config.loading import use_cases_at_hand
from interfaces.cli.failures import EXPLAINED
from interfaces.cli.keys import keys
from interfaces.cli.sessions import sessions
from interfaces.cli.users import users


@click.group(epilog=EXPLAINED, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="remint")
@click.pass_context
def main(context: click.Context) -> None:
    """Remint exchanges refresh tokens for JWTs.

    Settings come from the TOML file that REMINT_CONFIG names and from the environment, which wins.
    """
    context.obj = context.obj or use_cases_at_hand


for command in (serve, secret, settings, doctor, database, users, sessions, keys):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="remint")
