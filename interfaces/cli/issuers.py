"""`remint issuers`: parties whose assertions open sessions."""

from datetime import timedelta
from typing import Any

import click

from domain.trusted_issuers import IssuerTerms, TrustedIssuer
from interfaces.cli.calling import Access, call
from interfaces.cli.key_sources import key_source
from interfaces.cli.operator import operator
from interfaces.cli.printing import json_option, print_record, print_records
from interfaces.cli.terms import Duration

issuer_argument = click.argument("issuer")


@click.group()
def issuers() -> None:
    """Trust issuers, list them, and trust them no more.

    An assertion of a trusted issuer opens a session at /oauth/token: an ID token of an OpenID
    provider, or a JWT that a back end signs with its own key.
    """


@issuers.command()
@issuer_argument
@click.option(
    "--jwks",
    required=True,
    metavar="URL|FILE",
    help="The public keys of ISSUER, a JWK set: where it is published, or a file with it.",
)
@click.option(
    "--private", "is_private", is_flag=True, help="The URL is on a private network of yours."
)
@click.option(
    "--audience",
    "audiences",
    multiple=True,
    required=True,
    help="An audience that its assertions name. Repeat the option for more.",
)
@click.option("--subject-prefix", default="", help="What precedes its subjects in yours.")
@click.option("--client", "client_id", help="The only client that presents its assertions.")
@click.option("--max-age", type=Duration(), help="How long ago an assertion can be issued.")
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="NAME[=CLAIM]",
    help="A claim that the session takes over, from CLAIM of the assertion. Repeat it for more.",
)
@click.option("--replace", "replacing", is_flag=True, help="Replace ISSUER if it is trusted.")
@json_option
def add(
    issuer: str,
    jwks: str,
    is_private: bool,
    audiences: tuple[str, ...],
    subject_prefix: str,
    client_id: str | None,
    max_age: timedelta | None,
    claims: tuple[str, ...],
    replacing: bool,
    as_json: bool,
) -> None:
    """Trust ISSUER, the "iss" of its assertions.

    Its users are those whose subject is the prefix and the "sub" of the assertion. A user that does
    not exist is added.
    """
    terms = IssuerTerms(
        keys=key_source(jwks, is_private=is_private),
        audiences=audiences,
        subject_prefix=subject_prefix,
        client_id=client_id,
        max_age=max_age,
        claims=dict(map(_claim, claims)),
    )
    trusted = call(
        lambda do: do.operators.trust_issuer(issuer, terms, replacing=replacing, by=operator()),
        Access.CREATE,
    )
    print_record(_record(trusted), f"The issuer {issuer} is trusted.", as_json=as_json)
    if not subject_prefix:
        click.echo(
            "Without a subject prefix, it can open a session for every user that has a subject.",
            err=True,
        )


@issuers.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all trusted issuers."""
    found = call(lambda do: do.operators.list_issuers(), Access.READ)
    shown = _record if as_json else _summary
    print_records(
        [shown(issuer) for issuer in found], as_json=as_json, if_none="No trusted issuers."
    )


@issuers.command()
@issuer_argument
@json_option
def delete(issuer: str, as_json: bool) -> None:
    """Trust ISSUER no more. The sessions that it opened continue."""
    call(lambda do: do.operators.delete_issuer(issuer, by=operator()))
    print_record({"issuer": issuer, "deleted": True}, "Deleted.", as_json=as_json)


def _claim(option: str) -> tuple[str, str]:
    name, equals, source = option.partition("=")
    return name, source if equals else name


def _record(issuer: TrustedIssuer) -> dict[str, Any]:
    """The greatest age is in seconds."""
    terms = issuer.terms
    return {
        "issuer": issuer.id,
        "jwksUrl": terms.keys.url or None,
        "reach": terms.keys.reach.value,
        "audiences": list(terms.audiences),
        "subjectPrefix": terms.subject_prefix,
        "clientId": terms.client_id,
        "maxAge": None if terms.max_age is None else int(terms.max_age.total_seconds()),
        "claims": dict(terms.claims),
        "createdAt": issuer.created_at,
    }


def _summary(issuer: TrustedIssuer) -> dict[str, Any]:
    """What fits into a line."""
    shown = ("issuer", "jwksUrl", "audiences", "subjectPrefix", "clientId", "createdAt")
    return {name: value for name, value in _record(issuer).items() if name in shown}
