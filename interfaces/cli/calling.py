"""How a command reaches the use cases: through an opener that whoever runs the program hands in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import click

from application import UseCases
from interfaces.cli.failures import told_to_the_shell

OpenUseCases = Callable[[], AbstractAsyncContextManager[UseCases]]
"""Connects to everything that the use cases need, and lets go of it afterwards."""

PAGE = 100
Result = TypeVar("Result")
Row = TypeVar("Row")
Key = TypeVar("Key")


def call(act: Callable[[UseCases], Awaitable[Result]]) -> Result:
    """Do something with the use cases that the click context holds the opener of."""
    open_use_cases: OpenUseCases = click.get_current_context().obj

    async def run() -> Result:
        async with open_use_cases() as use_cases:
            return await act(use_cases)

    with told_to_the_shell():
        return asyncio.run(run())


async def pages(
    read: Callable[[Key | None, int], Awaitable[list[Row]]], key: Callable[[Row], Key]
) -> AsyncIterator[list[Row]]:
    """All there is, a page at a time; `key` of a page's last row is where the next begins."""
    after: Key | None = None
    while page := await read(after, PAGE):
        yield page
        after = key(page[-1])
