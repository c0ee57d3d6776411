"""`remint secret`."""

import click

from config.settings.server_secret import new_secret


@click.command()
def secret() -> None:
    """Print a new server secret.

    \b
    Keep it in a file that only its owner may read:
      (umask 077; remint secret > remint.secret)
      export REMINT_SECRET_FILE=$PWD/remint.secret

    To change the secret without logging anybody out, add the new one as the last line of the file.
    The old one can go when the last session from its time has expired and the signing keys from its
    time are gone (remint keys list).
    """
    click.echo(new_secret())
