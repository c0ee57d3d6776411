"""How tests run commands in their own process."""

from typing import Protocol

from click.testing import Result


class Remint(Protocol):
    """Run `remint` with these words; `typed` is its standard input."""

    def __call__(self, *words: str, typed: str | bytes = "") -> Result: ...
