"""`remint secret`."""

import click

from config.settings.server_secret import new_secret


@click.command()
def secret() -> None:
    """Print a new server secret.

    \b
    Keep it in a file that only its owner can read:
      (umask 077; remint secret > remint.secret)
      export REMINT_SECRET_FILE=$PWD/remint.secret

    To change the secret without logging anybody out, put the new secret first in the list of every
    instance and restart the instances. Then move it to the end of the list and restart them again.
    A single instance needs the second step only. Remove the old secret when the last session from
    its time has expired. docs/operate.md has all steps.
    """
    click.echo(new_secret())
