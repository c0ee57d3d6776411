"""How the operations of an adapter are observed: measured, traced, both, or not at all."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol


class BatchObserver(Protocol):
    """Observes an operation whose callers share statements."""

    def asked(self, answer: asyncio.Future[Any]) -> None:
        """One caller waits for `answer` from now on."""
        ...

    def sent(self, size: int, seconds: Sequence[float]) -> None:
        """A statement ended that `size` callers shared; `seconds` has the time that each waited."""
        ...


class Observer(Protocol):
    """Observes operations by their names, such as `users.page`. Never fails what it observes."""

    def operation(self, name: str) -> AbstractContextManager[object]:
        """Entered for as long as one caller waits for the operation."""
        ...

    def batch(self, name: str) -> BatchObserver:
        """The observer of an operation whose callers share statements."""
        ...


class Unobserved:
    """An observer, and a batch's observer, that does nothing."""

    def operation(self, _name: str) -> AbstractContextManager[object]:
        return _NOTHING

    def batch(self, _name: str) -> BatchObserver:
        return self

    def asked(self, answer: asyncio.Future[Any]) -> None:
        pass

    def sent(self, size: int, seconds: Sequence[float]) -> None:
        pass


_NOTHING = nullcontext()
UNOBSERVED = Unobserved()


def together(*observers: Observer) -> Observer:
    """One observer in place of several."""
    match [each for each in observers if each is not UNOBSERVED]:
        case []:
            return UNOBSERVED
        case [observer]:
            return observer
        case several:
            return _Together(several)


@dataclass(frozen=True, slots=True)
class _Together:
    observers: Sequence[Observer]

    @contextmanager
    def operation(self, name: str) -> Iterator[None]:
        with ExitStack() as entered:
            for each in self.observers:
                entered.enter_context(each.operation(name))
            yield

    def batch(self, name: str) -> BatchObserver:
        return _BatchTogether([each.batch(name) for each in self.observers])


@dataclass(frozen=True, slots=True)
class _BatchTogether:
    observers: Sequence[BatchObserver]

    def asked(self, answer: asyncio.Future[Any]) -> None:
        for each in self.observers:
            each.asked(answer)

    def sent(self, size: int, seconds: Sequence[float]) -> None:
        for each in self.observers:
            each.sent(size, seconds)
