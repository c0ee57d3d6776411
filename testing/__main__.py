"""`python -m testing` brings the foreign programs that this machine lacks, before tests need them.

A test that had to download one first would take longer than a test is allowed to.
"""

import sys
from collections.abc import Callable
from functools import partial

from testing.packages import PACKAGES, c_compiler, program
from testing.postgres_binaries import complete_binaries

NEEDED: list[Callable[[], object]] = [
    c_compiler,
    complete_binaries,
    *(partial(program, name) for name in PACKAGES if name != "tcc"),
]


def main() -> None:
    for bring in NEEDED:
        try:
            bring()
        except RuntimeError as missing:
            print(f"Some tests will fail: {missing}", file=sys.stderr)


if __name__ == "__main__":
    main()
