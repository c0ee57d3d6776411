"""`remint keys`: the keys that sign JWTs."""

import click

from domain.signing_keys import SigningKey
from interfaces.cli.calling import Access, call
from interfaces.cli.hyphens import AnyArgument
from interfaces.cli.operator import operator
from interfaces.cli.printing import Record, json_option, print_record, print_records


@click.group()
def keys() -> None:
    """List, rotate and remove signing keys."""


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the published keys, oldest first."""
    found = call(lambda do: do.operators.list_signing_keys(), Access.READ)
    print_records(
        [_record(key, signs=signs) for key, signs in found],
        as_json=as_json,
        if_none="No signing keys.",
    )


@keys.command()
@json_option
def rotate(as_json: bool) -> None:
    """Publish a new signing key.

    The key signs after keys.max_age and a margin, when every verifier has loaded it.
    """
    key = call(lambda do: do.operators.rotate_signing_key(by=operator()))
    if key is None:
        click.echo("Another instance has just published a key. No further key is needed.", err=True)
        return
    sentence = f"Published {key.id}, which signs from {key.signs_from:%Y-%m-%d %H:%M:%S} UTC."
    print_record(_record(key, signs=False), sentence, as_json=as_json)


@keys.command(cls=AnyArgument)
@click.argument("key_id", metavar="ID")
def remove(key_id: str) -> None:
    """Remove the key ID at once, in an emergency.

    Running servers stop using the key within two seconds. The JWTs that the key signed fail as soon
    as verifiers load the key set again. Clients get new JWTs with their refresh tokens, which stay
    valid.
    """
    call(lambda do: do.operators.remove_signing_key(key_id, by=operator()))
    click.echo("Removed.")


def _record(key: SigningKey, *, signs: bool) -> Record:
    return {
        "id": key.id,
        "algorithm": key.algorithm,
        "createdAt": key.created_at,
        "signsFrom": key.signs_from,
        "signs": signs,
    }
