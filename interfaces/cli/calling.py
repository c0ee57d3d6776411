"""Owns how a command reaches the use cases: through an opener that the program hands in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum, auto
from typing import TypeVar

import click

from application import UseCases
from domain.page import Page
from interfaces.cli.failures import failures_as_exit_codes


class Access(Enum):
    """What a command does to the database before it acts, and how its act becomes durable."""

    READ = auto()
    """Nothing: no database is created, and no schema is upgraded."""
    CHANGE = auto()
    """The schema and the signing keys are brought up to date, as a server does.

    All that the command writes becomes durable before `call` returns, or no part of it does.
    """
    CREATE = auto()
    """The same, and a missing database file is created."""
    PURGE = auto()
    """As CHANGE, but each batch becomes durable by itself, so that no server waits long."""


OpenUseCases = Callable[[Access], AbstractAsyncContextManager[UseCases]]
"""Connects to everything that the use cases need, and disconnects afterwards."""

PAGE_SIZE = 100
Result = TypeVar("Result")
Item = TypeVar("Item")
Key = TypeVar("Key")


def call(act: Callable[[UseCases], Awaitable[Result]], access: Access = Access.CHANGE) -> Result:
    """Act with the use cases; the click context has their opener.

    A command prints what it did after this, because only then the act is durable.
    """
    open_use_cases: OpenUseCases = click.get_current_context().obj

    async def run() -> Result:
        async with open_use_cases(access) as use_cases:
            return await act(use_cases)

    with failures_as_exit_codes():
        return asyncio.run(run())


async def pages(
    read: Callable[[Key | None, int], Awaitable[Page[Item]]], key: Callable[[Item], Key]
) -> AsyncIterator[list[Item]]:
    """The whole list, page by page; the next page begins at the `key` of the last row."""
    page = await read(None, PAGE_SIZE)
    yield page.items
    while page.has_more:
        page = await read(key(page.items[-1]), PAGE_SIZE)
        yield page.items
