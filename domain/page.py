"""Owns one page of a longer list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a list, and whether more follow.

    The key of the last item is where the next page begins.
    """

    items: list[Item]
    has_more: bool

    @classmethod
    def of(cls, found: list[Item], size: int) -> "Page[Item]":
        """The first `size` of the items found; one item more was asked for, to see if it exists."""
        return cls(found[:size], has_more=len(found) > size)
