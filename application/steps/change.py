"""Changes what is stored so that no two changes overwrite each other."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import Unavailable

ROUNDS = 10

Stored = TypeVar("Stored")


async def store_change(
    found: Stored,
    change: Callable[[Stored], Stored],
    *,
    replace: Callable[[Stored], Awaitable[bool]],
    find_again: Callable[[], Awaitable[Stored]],
) -> Stored:
    """Store the changed `found`; after a lost race, find it again and begin again.

    Args:
        replace: stores the change; False if another change was faster.

    Returns:
        What is stored now.

    Raises:
        Unavailable: other changes were faster every time; nothing was changed.
    """
    for _ in range(ROUNDS):
        changed = change(found)
        if await replace(changed):
            return changed
        found = await find_again()
    raise Unavailable("contended")
