"""`remint users`: the users that can log in."""

from uuid import UUID

import click

from domain.users import User
from interfaces.cli.calling import Access, call, pages
from interfaces.cli.hyphens import GroupOfNamed
from interfaces.cli.operator import operator
from interfaces.cli.printing import Record, json_option, print_pages, print_record
from interfaces.cli.prompting import password_option


@click.group(cls=GroupOfNamed)
def users() -> None:
    """Add, list and change users."""


@users.command()
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, help="A role for the JWT. Repeat the option for more roles."
)
@password_option
@json_option
def add(name: str, roles: tuple[str, ...], password: str, as_json: bool) -> None:
    """Add the user NAME. Asks for the password."""
    user = call(
        lambda do: do.operators.add_user(name, password, roles, by=operator()), Access.CREATE
    )
    print_record(_record(user), f"Added {user.name} with subject {user.subject}.", as_json=as_json)


@users.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all users."""
    call(
        lambda do: print_pages(
            (
                [_record(user) for user in page]
                async for page in pages(do.operators.list_users, _id)
            ),
            as_json=as_json,
            if_none="No users.",
        ),
        Access.READ,
    )


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


def _id(user: User) -> UUID:
    return user.id


def _record(user: User) -> Record:
    return {
        "name": user.name,
        "subject": user.subject,
        "roles": list(user.roles),
        "createdAt": user.created_at,
        "disabledAt": user.disabled_at,
    }
