"""Owns the message and the exit code of a command that failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn, TypeVar

import click

from domain.causes import TokenFlaw
from domain.errors import (
    AmbiguousUser,
    ClientIdTaken,
    ClientIsBuiltIn,
    ClientIsDisabled,
    ClientNotFound,
    ClientSecretConflict,
    InvalidClaims,
    InvalidClientId,
    InvalidClientTerms,
    InvalidKeySource,
    InvalidPassword,
    InvalidPasswordHash,
    InvalidRefreshToken,
    InvalidRoles,
    InvalidSubject,
    InvalidTrustedIssuer,
    InvalidUsername,
    Misconfigured,
    OutsideTerms,
    RemintError,
    SessionNotFound,
    SigningKeyNotFound,
    SubjectTaken,
    TooManySessions,
    TrustedIssuerExists,
    TrustedIssuerNotFound,
    Unavailable,
    UserDisabled,
    UsernameTaken,
    UserNotFound,
)
from interfaces.cli.printing import printable

Error = TypeVar("Error", bound=BaseException)


class ExitCode(IntEnum):
    """Why a command failed, for scripts."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    UNAVAILABLE = 5


EXPLAINED = """\b
Exit codes:
  0  done
  1  failed
  2  usage or configuration error
  3  no such user, client, issuer, session or key
  4  in conflict with existing users, clients, issuers or sessions
  5  busy, or the database cannot be reached: try again
"""

_CODES: dict[type[RemintError], ExitCode] = {
    InvalidUsername: ExitCode.USAGE,
    InvalidPassword: ExitCode.USAGE,
    InvalidPasswordHash: ExitCode.USAGE,
    InvalidRoles: ExitCode.USAGE,
    UserNotFound: ExitCode.NOT_FOUND,
    SessionNotFound: ExitCode.NOT_FOUND,
    SigningKeyNotFound: ExitCode.NOT_FOUND,
    InvalidRefreshToken: ExitCode.NOT_FOUND,
    ClientNotFound: ExitCode.NOT_FOUND,
    InvalidSubject: ExitCode.USAGE,
    InvalidClaims: ExitCode.USAGE,
    InvalidClientId: ExitCode.USAGE,
    InvalidClientTerms: ExitCode.USAGE,
    InvalidKeySource: ExitCode.USAGE,
    InvalidTrustedIssuer: ExitCode.USAGE,
    TrustedIssuerNotFound: ExitCode.NOT_FOUND,
    TrustedIssuerExists: ExitCode.CONFLICT,
    OutsideTerms: ExitCode.USAGE,
    UsernameTaken: ExitCode.CONFLICT,
    SubjectTaken: ExitCode.CONFLICT,
    ClientIdTaken: ExitCode.CONFLICT,
    ClientIsDisabled: ExitCode.CONFLICT,
    ClientIsBuiltIn: ExitCode.CONFLICT,
    ClientSecretConflict: ExitCode.CONFLICT,
    AmbiguousUser: ExitCode.CONFLICT,
    UserDisabled: ExitCode.CONFLICT,
    TooManySessions: ExitCode.CONFLICT,
}


_FLAWS = {
    TokenFlaw.MALFORMED: (
        "The refresh token is malformed: a refresh token is `rmt1_` and 92 characters of "
        "base64url. The text was cut off, has a character too many, or is another kind of token."
    ),
    TokenFlaw.WRONG_MAC: (
        "The refresh token is damaged, forged or from another installation: its MAC is not the "
        "one that the server secret makes."
    ),
    TokenFlaw.UNLISTED_SECRET: (
        "The refresh token was made under a server secret that is not in the list: the secret "
        "was removed too early, or the token is damaged or from another installation."
    ),
}
"""Sentences for operators, in place of the sentence for clients, which reveals nothing."""

_SENTENCES: dict[type[RemintError], str] = {
    UserNotFound: "The user {name} does not exist.",
    UserDisabled: "The user {name} is disabled.",
    ClientIsDisabled: "The client {client_id} is disabled.",
    ClientNotFound: "The client {client_id} does not exist.",
    ClientIdTaken: "The client {client_id} exists already.",
    ClientIsBuiltIn: (
        "The client {client_id} is built in: tokens.client_id names it, and its terms are the "
        "settings. Choose another id."
    ),
    UsernameTaken: "The user {name} exists already.",
    SessionNotFound: "The session {session_id} does not exist, or is over and purged.",
    TrustedIssuerNotFound: "The issuer {issuer} is not trusted.",
    TrustedIssuerExists: "The issuer {issuer} is trusted already. Use --replace to change it.",
    SigningKeyNotFound: "The signing key {key_id} does not exist.",
}
"""Sentences that name what is missing or taken; the names in braces are the command's arguments."""


def fail(message: str, code: ExitCode = ExitCode.FAILED) -> NoReturn:
    """End the command with a sentence on standard error."""
    print_failure(message)
    raise click.exceptions.Exit(code)


def print_failure(message: str) -> None:
    """Print why something failed on standard error."""
    lines = [printable(line) for line in message.split("\n")]
    click.echo("Error: " + "\n".join(lines), err=True)


@contextmanager
def failures_as_exit_codes() -> Iterator[None]:
    """Turn Remint's errors into a message and an exit code."""
    try:
        yield
    except RemintError as error:
        fail(*failure(error))
    except BaseExceptionGroup as group:
        known = leaf(group, RemintError)
        if known is None:
            raise
        fail(*failure(known))


def failure(error: RemintError) -> tuple[str, ExitCode]:
    """The sentence and the exit code of an error."""
    if isinstance(error, Misconfigured):
        return error.explanation, ExitCode.USAGE
    if isinstance(error, Unavailable):
        says = f"{error.explanation} Try again." if error.explanation else str(error)
        return f"{says} ({error.reason})", ExitCode.UNAVAILABLE
    return _sentence(error), _CODES.get(type(error), ExitCode.FAILED)


def leaf(error: BaseException, kind: type[Error]) -> Error | None:
    """The first error of that kind: `error` itself, or one in the groups below it."""
    if isinstance(error, kind):
        return error
    below = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return next((found for each in below if (found := leaf(each, kind))), None)


def _sentence(error: RemintError) -> str:
    if isinstance(error, InvalidRefreshToken) and error.flaw:
        return _FLAWS[error.flaw]
    context = click.get_current_context(silent=True)
    arguments = context.params if context is not None else {}
    sentence = _SENTENCES.get(type(error))
    try:
        return str(error) if sentence is None else sentence.format(**arguments)
    except KeyError:  # the command has no such argument
        return str(error)
