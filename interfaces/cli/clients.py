"""`remint clients`: the applications that Remint knows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import click

from domain.clients import Client, ClientTerms
from interfaces.cli.calling import Access, call
from interfaces.cli.hyphens import GroupOfNamed
from interfaces.cli.key_sources import read_key_set
from interfaces.cli.operator import operator
from interfaces.cli.printing import Record, json_option, print_record, print_records
from interfaces.cli.terms import chosen_terms, terms_options

client_argument = click.argument("client_id", metavar="ID")


@click.group(cls=GroupOfNamed)
def clients() -> None:
    """Add, list and change clients.

    A client is an application that holds refresh tokens, or acts for a back end. The built-in
    client, tokens.client_id, needs no registration and is not listed.
    """


@clients.command()
@client_argument
@click.option("--public", "is_public", is_flag=True, help="The client can keep no secret.")
@click.option(
    "--jwks",
    metavar="FILE",
    help="A JWK set with the public keys of the client, which signs with them and has no secret.",
)
@terms_options
@json_option
def add(client_id: str, is_public: bool, jwks: str | None, as_json: bool, **given: Any) -> None:
    """Add the client ID and print its secret.

    The secret is printed this once and stored nowhere. A public client has none: a browser or a
    mobile app could not keep it. A client with keys needs none at /oauth (RFC 7523).
    """
    if is_public and jwks is not None:
        raise click.UsageError("--public and --jwks exclude each other.")
    terms = replace(ClientTerms(), **chosen_terms(given))
    keys = None if jwks is None else read_key_set(jwks)
    added = call(
        lambda do: do.operators.add_client(
            client_id, terms, is_public=is_public, jwks=keys, by=operator()
        ),
        Access.CREATE,
    )
    if added.secret is not None:
        _print_secret(client_id, added.secret, as_json=as_json)
    else:
        kind = "public client" if is_public else "client"
        print_record(_record(added.client), f"Added the {kind} {client_id}.", as_json=as_json)


@clients.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all clients."""
    found = call(lambda do: do.operators.list_clients(), Access.READ)
    shown = _record if as_json else _summary
    print_records([shown(client) for client in found], as_json=as_json, if_none="No clients.")


@clients.command()
@client_argument
@json_option
def show(client_id: str, as_json: bool) -> None:
    """Show the client ID with its terms.

    A term without a value of its own follows the settings.
    """
    _print_client(
        call(lambda do: do.operators.show_client(client_id), Access.READ), as_json=as_json
    )


@clients.command("set")
@client_argument
@terms_options
@click.option("--no-may", "no_may", is_flag=True, help="Take every permission away.")
@click.option("--no-audience", "no_audiences", is_flag=True, help="Use tokens.audience again.")
@click.option("--no-scope", "no_scopes", is_flag=True, help="Allow no scope.")
@json_option
def set_(client_id: str, as_json: bool, **given: Any) -> None:
    """Change the terms of the client ID.

    What is not given stays as it is. An option that can be repeated replaces the whole list. The
    value "default" lets a term follow the settings again. New sessions get the new terms; the idle
    timeout also applies to present sessions.
    """
    changes = chosen_terms(given)
    if not changes:
        raise click.UsageError("Nothing to set. Give at least one option.")
    client = call(
        lambda do: do.operators.set_client(
            client_id, lambda terms: replace(terms, **changes), by=operator()
        )
    )
    _print_client(client, as_json=as_json)


@clients.command()
@client_argument
@json_option
def new_secret(client_id: str, as_json: bool) -> None:
    """Give the client ID a second secret and print it.

    The secret before stays valid until drop-secret. The new secret is printed this once and stored
    nowhere.
    """
    secret = call(lambda do: do.operators.add_client_secret(client_id, by=operator()))
    _print_secret(client_id, secret, as_json=as_json)


@clients.command()
@client_argument
@click.option("--newer", is_flag=True, help="Drop the newer one, which was lost before its use.")
@json_option
def drop_secret(client_id: str, newer: bool, as_json: bool) -> None:
    """Drop the older of two secrets of the client ID.

    A client that has keys can lose its only secret as well.
    """
    client = call(lambda do: do.operators.drop_client_secret(client_id, newer=newer, by=operator()))
    which = "newer" if newer else "older"
    print_record(_record(client), f"The {which} secret is dropped.", as_json=as_json)


@clients.command()
@client_argument
@click.option("--jwks", metavar="FILE", help="A JWK set, in place of the keys before.")
@click.option("--none", "no_keys", is_flag=True, help="Use no keys; a secret must be there.")
@json_option
def set_keys(client_id: str, jwks: str | None, no_keys: bool, as_json: bool) -> None:
    """Set the public keys of the client ID.

    To change a key without a gap, set both keys first, and the new one alone later.
    """
    if (jwks is None) != no_keys:
        raise click.UsageError("Give either --jwks or --none.")
    keys = None if jwks is None else read_key_set(jwks)
    client = call(lambda do: do.operators.set_client_keys(client_id, keys, by=operator()))
    print_record(_record(client), "The keys are set.", as_json=as_json)


@clients.command()
@client_argument
@json_option
def disable(client_id: str, as_json: bool) -> None:
    """Refuse the client ID, and end all of its sessions."""
    client = call(lambda do: do.operators.disable_client(client_id, by=operator()))
    print_record(_record(client), "Disabled. All sessions are ended.", as_json=as_json)


@clients.command()
@client_argument
@json_option
def enable(client_id: str, as_json: bool) -> None:
    """Allow the client ID again. The sessions that ended stay over."""
    client = call(lambda do: do.operators.enable_client(client_id, by=operator()))
    print_record(_record(client), "Enabled.", as_json=as_json)


@clients.command()
@client_argument
@json_option
def delete(client_id: str, as_json: bool) -> None:
    """Delete the client ID, and end all of its sessions."""
    call(lambda do: do.operators.delete_client(client_id, by=operator()))
    print_record(
        {"clientId": client_id, "deleted": True},
        "Deleted. All sessions are ended.",
        as_json=as_json,
    )


def _print_secret(client_id: str, secret: str, *, as_json: bool) -> None:
    print_record({"clientId": client_id, "clientSecret": secret}, secret, as_json=as_json)
    if not as_json:
        click.echo("Keep this secret: it is not shown again.", err=True)


def _print_client(client: Client, *, as_json: bool) -> None:
    record = _record(client)
    if as_json:
        print_record(record, "", as_json=True)
    else:
        words = record | {"lifetime": client.terms.lifetime, "idle": client.terms.idle}
        print_records(
            [{"term": name, "value": value} for name, value in words.items()], as_json=False
        )


def _record(client: Client) -> dict[str, Any]:
    """Durations are seconds. None is a term that follows the settings."""
    terms = client.terms
    return {
        "clientId": client.id,
        "public": client.is_public,
        "secrets": len(client.secret_digests),
        "keys": client.jwks is not None,
        "may": [permission.value for permission in terms.may],
        "audiences": list(terms.audiences),
        "scopes": list(terms.scopes),
        "renewal": terms.renewal.value if terms.renewal else None,
        "lifetime": _seconds(terms.lifetime),
        "idle": _seconds(terms.idle),
        "sessionLimit": terms.session_limit,
        "createdAt": client.created_at,
        "disabledAt": client.disabled_at,
    }


def _summary(client: Client) -> Record:
    """What fits into a line."""
    shown = ("clientId", "public", "secrets", "may", "createdAt", "disabledAt")
    return {name: value for name, value in _record(client).items() if name in shown}


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
