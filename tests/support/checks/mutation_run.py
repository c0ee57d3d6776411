"""Runs mutmut with the cheapest tests first; its arguments are those of `mutmut run`."""

import sys
from collections import defaultdict
from collections.abc import Iterable

from mutmut.__main__ import cli
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.workers import isolation

ALWAYS = ["-x", "-q"]


class CheapestFirst(PytestRunner):
    """Names test functions instead of their single examples.

    An identifier of an example can hold characters that pytest does not find again, and several
    hundred identifiers take longer to look up than the tests take to run.
    """

    def _pytest_args_regular_run(self, tests: Iterable[str]) -> list[str]:
        seconds: dict[str, float] = defaultdict(float)
        for test in tests:
            seconds[test.partition("[")[0]] += state().duration_by_test.get(test, 0)
        chosen = sorted(seconds, key=seconds.__getitem__)
        return [*ALWAYS, *(chosen or self._pytest_add_cli_args_test_selection)]


if __name__ == "__main__":
    isolation.PytestRunner = CheapestFirst  # type: ignore[attr-defined]
    cli(["run", *sys.argv[1:]])
