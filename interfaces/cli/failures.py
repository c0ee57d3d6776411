"""Owns the message and the exit code of a command that failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import click

from domain.causes import TokenFlaw
from domain.errors import (
    InvalidPassword,
    InvalidRefreshToken,
    InvalidUsername,
    RemintError,
    SessionNotFound,
    SigningKeyNotFound,
    TooManySessions,
    Unavailable,
    UsernameTaken,
    UserNotFound,
)


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
  3  no such user, session or key
  4  in conflict with existing users or sessions
  5  busy, or the database cannot be reached: try again
"""

_CODES: dict[type[RemintError], ExitCode] = {
    InvalidUsername: ExitCode.USAGE,
    InvalidPassword: ExitCode.USAGE,
    UserNotFound: ExitCode.NOT_FOUND,
    SessionNotFound: ExitCode.NOT_FOUND,
    SigningKeyNotFound: ExitCode.NOT_FOUND,
    InvalidRefreshToken: ExitCode.NOT_FOUND,
    UsernameTaken: ExitCode.CONFLICT,
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


def fail(message: str, code: ExitCode = ExitCode.FAILED) -> NoReturn:
    """End the command with a sentence on standard error."""
    click.echo(f"Error: {message}", err=True)
    raise click.exceptions.Exit(code)


@contextmanager
def failures_as_exit_codes() -> Iterator[None]:
    """Turn Remint's errors into a message and an exit code."""
    try:
        yield
    except Unavailable as error:
        fail(f"{error} ({error.reason})", ExitCode.UNAVAILABLE)
    except RemintError as error:
        fail(_sentence(error), _CODES.get(type(error), ExitCode.FAILED))


def _sentence(error: RemintError) -> str:
    flaw = error.flaw if isinstance(error, InvalidRefreshToken) else None
    return _FLAWS[flaw] if flaw else str(error)
