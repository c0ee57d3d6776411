"""`remint users`: the users that can log in."""

import json
from dataclasses import replace
from uuid import UUID

import click

from domain.users import Profile, User
from interfaces.cli.calling import Access, call, pages
from interfaces.cli.hyphens import GroupOfNamed
from interfaces.cli.operator import operator
from interfaces.cli.printing import Record, json_option, print_pages, print_record
from interfaces.cli.prompting import password_option

claim_option = click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="NAME=VALUE",
    help="A custom claim of the JWTs, in place of all. VALUE is JSON, or a text. Repeat the option "
    "for more claims.",
)


@click.group(cls=GroupOfNamed)
def users() -> None:
    """Add, list and change users."""


@users.command()
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, help="A role for the JWT. Repeat the option for more roles."
)
@click.option("--subject", help="`sub` of the user's JWTs. The default is a random id.")
@claim_option
@password_option
@json_option
def add(
    name: str,
    roles: tuple[str, ...],
    subject: str | None,
    claims: tuple[str, ...],
    password: str,
    as_json: bool,
) -> None:
    """Add the user NAME. Asks for the password."""
    user = call(
        lambda do: do.operators.add_user(
            name, password, roles, by=operator(), subject=subject, claims=claims_of(claims)
        ),
        Access.CREATE,
    )
    print_record(_record(user), f"Added {user.name} with subject {user.subject}.", as_json=as_json)


@users.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all users."""
    record = _record if as_json else _record_in_words
    call(
        lambda do: print_pages(
            ([record(user) for user in page] async for page in pages(do.operators.list_users, _id)),
            as_json=as_json,
            if_none="No users.",
        ),
        Access.READ,
    )


@users.command("set")
@click.argument("name", metavar="NAME-OR-SUBJECT")
@click.option("--name", "new_name", help="Another name for log-ins with a password.")
@click.option("--no-name", is_flag=True, help="No name: no log-in with a password.")
@click.option(
    "--role", "roles", multiple=True, help="In place of all roles. Repeat the option for more."
)
@click.option("--no-roles", is_flag=True, help="No roles.")
@claim_option
@click.option("--no-claims", is_flag=True, help="No custom claims.")
@json_option
def set_(
    name: str,
    new_name: str | None,
    no_name: bool,
    roles: tuple[str, ...],
    no_roles: bool,
    claims: tuple[str, ...],
    no_claims: bool,
    as_json: bool,
) -> None:
    """Set the name, roles or claims of a user.

    The sessions stay live, and JWTs have the new roles and claims from the next refresh on. A part
    that no option names stays as it is.
    """

    def changed(profile: Profile) -> Profile:
        if new_name is not None or no_name:
            profile = replace(profile, name=new_name)
        if roles or no_roles:
            profile = replace(profile, roles=roles)
        if claims or no_claims:
            profile = replace(profile, claims=claims_of(claims))
        return profile

    refuse_both("--name", new_name, "--no-name", no_name)
    refuse_both("--role", roles, "--no-roles", no_roles)
    refuse_both("--claim", claims, "--no-claims", no_claims)
    stored = call(lambda do: do.operators.set_user(name, changed, by=operator()))
    print_record(_record(stored.user), "Set.", as_json=as_json)


@users.command()
@click.argument("name")
@password_option
def set_password(name: str, password: str) -> None:
    """Set another password for NAME, and end all sessions of NAME."""
    call(lambda do: do.operators.set_password(name, password, by=operator()))
    click.echo("Password set. All sessions are ended.")


@users.command()
@click.argument("name")
def disable(name: str) -> None:
    """Refuse log-ins of NAME, and end all sessions of NAME."""
    call(lambda do: do.operators.disable_user(name, by=operator()))
    click.echo("Disabled. All sessions are ended.")


@users.command()
@click.argument("name")
def enable(name: str) -> None:
    """Allow log-ins of NAME again."""
    call(lambda do: do.operators.enable_user(name, by=operator()))
    click.echo("Enabled.")


@users.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete NAME. Another user can have the name afterwards, with another subject."""
    call(lambda do: do.operators.delete_user(name, by=operator()))
    click.echo("Deleted.")


@users.command()
@click.argument("name")
def log_out(name: str) -> None:
    """End all sessions of NAME."""
    call(lambda do: do.operators.log_out_user(name, by=operator()))
    click.echo("All sessions are ended.")


def claims_of(options: tuple[str, ...]) -> str:
    """The options as a JSON object; a value that is no JSON is a text."""
    members = dict(option.partition("=")[::2] for option in options)
    if not all("=" in option for option in options) or len(members) < len(options):
        raise click.BadParameter("Give each claim once, as NAME=VALUE.", param_hint="--claim")
    return "{" + ",".join(f"{json.dumps(name)}:{_json(members[name])}" for name in members) + "}"


def _json(value: str) -> str:
    try:
        json.loads(value)
    except ValueError:
        return json.dumps(value)
    return value


def refuse_both(option: str, value: object, other: str, is_given: bool) -> None:
    """Refuse two options that contradict each other."""
    if value and is_given:
        raise click.UsageError(f"{option} and {other} contradict each other.")


def _id(user: User) -> UUID:
    return user.id


def _record(user: User) -> Record:
    """The record for programs."""
    return {**_record_in_words(user), "claims": json.loads(user.claims or "{}")}


def _record_in_words(user: User) -> Record:
    """The record for people."""
    return {
        "name": user.name,
        "subject": user.subject,
        "roles": list(user.roles),
        "createdAt": user.created_at,
        "disabledAt": user.disabled_at,
    }
