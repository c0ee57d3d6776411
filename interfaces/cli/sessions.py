"""`remint sessions`: which users are logged in, and on which devices."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import click

from application import UseCases
from application.list_sessions import ListedSession
from application.steps.session_terms import Asked
from domain.page import Page
from domain.sessions import Origin, Renewal, Session
from interfaces.cli.calling import Access, call, pages
from interfaces.cli.device import device_in_words
from interfaces.cli.explaining import explained, explanation_record
from interfaces.cli.hyphens import GroupOfNamed
from interfaces.cli.operator import operator
from interfaces.cli.printing import Record, json_option, print_pages, print_record
from interfaces.cli.prompting import read_token

RENEWALS = click.Choice([renewal.value for renewal in Renewal])


@click.group(cls=GroupOfNamed)
def sessions() -> None:
    """Open, list, explain and end sessions."""


@sessions.command("open")
@click.argument("name")
@click.option(
    "--renewal", type=RENEWALS, help="The default is the client's, or else sessions.renewal."
)
@click.option(
    "--client",
    "client_id",
    metavar="ID",
    help="The client that will hold the refresh token. The default is the built-in client.",
)
@json_option
def open_(name: str, renewal: str | None, client_id: str | None, as_json: bool) -> None:
    """Open a session and print its refresh token.

    The session belongs to NAME and needs no password. Use it for trusted automation.
    """
    opened = call(
        lambda do: do.operators.open_session(
            name,
            Origin(device="remint sessions open"),
            Asked(renewal=Renewal(renewal) if renewal else None),
            by=operator(),
            client_id=client_id,
        )
    )
    record = {
        **_record(opened.subject, opened.session),
        "refreshToken": opened.refresh_token,
        "jwtToken": opened.jwt,
    }
    print_record(record, opened.refresh_token, as_json=as_json)


@sessions.command("list")
@click.argument("name", required=False)
@json_option
def list_(name: str | None, as_json: bool) -> None:
    """List live sessions of NAME, or of all users.

    The oldest session comes first. A session without a client is the built-in client's.
    """
    record = _record if as_json else _record_in_words
    call(
        lambda do: print_pages(
            _live(do, name, record), as_json=as_json, if_none="No live sessions."
        ),
        Access.READ,
    )


@sessions.command()
@click.argument("session_id", metavar="ID", type=click.UUID)
def end(session_id: UUID) -> None:
    """End the session ID.

    Its refresh tokens are refused from now on.
    """
    call(lambda do: do.operators.end_session(session_id, by=operator()))
    click.echo("Ended.")


@sessions.command()
@json_option
def explain(as_json: bool) -> None:
    """Explain which rule a refresh token would meet now.

    Reads the token from standard input, prints the rule and the reason, and changes nothing.
    """
    token = read_token()
    explanation = call(lambda do: do.operators.explain_refresh_token(token), Access.READ)
    print_record(explanation_record(explanation), explained(explanation), as_json=as_json)


@sessions.command()
@json_option
def purge(as_json: bool) -> None:
    """Delete sessions that expired long ago.

    A session is deleted when its lifetime has been over for longer than sessions.retention. Running
    servers do the same periodically.
    """
    count = call(lambda do: do.server.purge(), Access.PURGE)
    print_record({"purged": count}, f"Purged sessions: {count}.", as_json=as_json)


async def _live(
    do: UseCases, name: str | None, record: Callable[[str, Session], Record]
) -> AsyncIterator[list[Record]]:
    async def read(after: UUID | None, size: int) -> Page[ListedSession]:
        return await do.operators.list_sessions(name, after, size)

    async for page in pages(read, lambda listed: listed.found.session.id):
        yield [record(listed.found.subject, listed.found.session) for listed in page]


def _record(subject: str, session: Session) -> Record:
    return {
        "id": str(session.id),
        "subject": subject,
        "client": session.client_id,
        "renewal": session.renewal.value,
        "openedAt": session.opened_at,
        "lastUsedAt": session.last_used_at,
        "expiresAt": session.expires_at,
        "device": session.origin.device,
        "address": session.origin.address,
    }


def _record_in_words(subject: str, session: Session) -> Record:
    """The record for people."""
    return {**_record(subject, session), "device": device_in_words(session.origin.device)}
