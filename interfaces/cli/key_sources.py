"""Owns how a command is given public keys: by the URL of a key set, or as a file."""

from pathlib import Path

import click

from domain.key_sources import KeySource, Reach

LONGEST = 256 * 1024
"""Bytes of the longest key set."""


def read_key_set(file: str) -> str:
    """The text of a key set.

    Raises:
        UsageError: the file cannot be read, or is no text.
    """
    try:
        with Path(file).open("rb") as opened:
            return opened.read(LONGEST + 1).decode()
    except OSError as error:
        raise click.UsageError(f"The key set {file} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise click.UsageError(f"The key set {file} is not UTF-8.") from None


def key_source(url_or_file: str, *, is_private: bool) -> KeySource:
    """The key set at a URL, or in a file."""
    if "://" not in url_or_file:
        return KeySource(jwks=read_key_set(url_or_file))
    return KeySource(url=url_or_file, reach=Reach.PRIVATE if is_private else Reach.PUBLIC)
