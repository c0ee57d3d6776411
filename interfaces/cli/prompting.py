"""Owns how secrets are read: typed unseen or piped in, never given as an argument."""

import sys
from collections.abc import Callable
from typing import Any

import click

from interfaces.text import NotText, read_line, read_text

password_option = click.option(
    "--password-stdin",
    "password",
    is_flag=True,
    callback=lambda _context, _option, from_stdin: read_password(from_stdin=from_stdin),
    help="Read the password from standard input instead of asking for it.",
)


def read_password(*, from_stdin: bool) -> str:
    """A new password; on a terminal the user types it twice."""
    if from_stdin:
        return _piped_in(read_line)
    if not _is_terminal():
        raise click.UsageError("No terminal to type the password on. Use --password-stdin.")
    password: Any = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return str(password)


def read_token() -> str:
    """A refresh token, typed or piped in."""
    if not _is_terminal():
        return _piped_in(read_text).strip()
    token: Any = click.prompt("Refresh token", hide_input=True)
    return str(token).strip()


def _is_terminal() -> bool:
    # A process that was started with its standard input closed has none.
    return sys.stdin is not None and sys.stdin.isatty()


def _piped_in(read: Callable[[bytes], str]) -> str:
    """The text on standard input, as `read` reads it."""
    if sys.stdin is None:
        raise click.UsageError("Standard input is closed. Pipe the text into the command.")
    try:
        return read(sys.stdin.buffer.read())
    except NotText as error:
        raise click.UsageError(f"Standard input {error}.") from None
