"""`remint` in the tests' own process, over fakes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from click.testing import CliRunner, Result

from application import UseCases
from config.main import main
from interfaces.cli.calling import Access
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes


@dataclass(frozen=True, slots=True)
class CommandOverFakes:
    """Runs `remint` with the given words; `typed` is its standard input."""

    house: UseCasesOverFakes

    def __call__(self, *words: str, typed: str | bytes = "") -> Result:
        return CliRunner().invoke(main, words, input=typed, obj=self._use_cases)

    @asynccontextmanager
    async def _use_cases(self, _access: Access) -> AsyncIterator[UseCases]:
        yield self.house.can
