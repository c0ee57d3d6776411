"""Owns what a command that failed says, and the exit code by which a script can tell why."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import click

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
    """What the shell gets to see."""

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
  2  the words or the settings make no sense
  3  no such user, session or key
  4  in conflict with what is there already
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


def fail(message: str, code: ExitCode = ExitCode.FAILED) -> NoReturn:
    """End the command with a sentence on standard error."""
    click.echo(f"Error: {message}", err=True)
    raise click.exceptions.Exit(code)


@contextmanager
def told_to_the_shell() -> Iterator[None]:
    """Turn the product's errors into a sentence and an exit code."""
    try:
        yield
    except Unavailable as error:
        fail(f"{error} ({error.reason})", ExitCode.UNAVAILABLE)
    except RemintError as error:
        fail(str(error), _CODES.get(type(error), ExitCode.FAILED))
