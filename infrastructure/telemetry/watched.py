"""Puts something around the operations of a port, without the adapter or its callers noticing."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from inspect import iscoroutinefunction
from typing import Any

Operation = Callable[..., Awaitable[Any]]
Around = Callable[[str, Operation], Operation]
"""Given an operation and its name (`sessions.find`), what is to be called in its place."""


class Watched:
    """An adapter with something around each of its operations; all else is the adapter's own."""

    def __init__(self, adapter: object, name: str, arounds: Sequence[Around]) -> None:
        """Put `arounds` around, the last of them outermost."""
        self._adapter = adapter
        for operation in _operations(type(adapter)):
            call = getattr(adapter, operation)
            for around in arounds:
                call = around(f"{name}.{operation}", call)
            setattr(self, operation, call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


def _operations(kind: type) -> Iterator[str]:
    for name in dir(kind):
        if not name.startswith("_") and iscoroutinefunction(getattr(kind, name)):
            yield name
