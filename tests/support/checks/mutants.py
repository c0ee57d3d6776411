"""Counts the mutants that the tests killed; run as a module, it fails below the quota."""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parents[3]
LISTED = ROOT / "docs/mutation.md"
QUOTA = 95.0
"""Per cent of the mutants that the tests must kill."""
KILLED = {"killed", "timeout", "segfault"}
"""A test that a mutant keeps from ending has noticed the mutant too."""


@dataclass(frozen=True)
class Mutant:
    """One change of one function, and how the run of its tests ended."""

    name: str
    file: Path
    status: str

    @property
    def package(self) -> str:
        """The part of the core that the changed file belongs to."""
        first, *_ = self.file.parts
        return first if first in ("domain", "application") else self.file.parent.as_posix()

    @property
    def change(self) -> str:
        """The changed lines, as in a diff."""
        lines = get_diff_for_mutant(self.name, path=self.file).splitlines()
        return "\n".join(line for line in lines[2:] if line.startswith(("-", "+")))

    def is_listed(self, page: str) -> bool:
        """Whether the page of equal mutants shows each of the changed lines."""
        return all(line[1:].strip() in page for line in self.change.splitlines())


def mutants() -> Iterator[Mutant]:
    """Every mutant of the last run of mutmut."""
    folder = ROOT / "mutants"
    for results in sorted(folder.rglob("*.py.meta")):
        file = results.relative_to(folder).with_suffix("")
        exit_codes = json.loads(results.read_text(encoding="utf-8"))["exit_code_by_key"]
        for name, exit_code in exit_codes.items():
            yield Mutant(name, file, status_by_exit_code[exit_code])


def table(found: list[Mutant]) -> Iterator[str]:
    """Killed and other mutants for each package, and for all."""
    rows: dict[str, Counter[bool]] = defaultdict(Counter)
    for mutant in found:
        for row in (mutant.package, "all"):
            rows[row][mutant.status in KILLED] += 1
    yield "| Package | Mutants | Killed | Survived | Killed, % |"
    yield "|---|---:|---:|---:|---:|"
    for name, counts in rows.items():
        if name != "all":
            yield _row(f"`{name}`", counts)
    yield _row("all", rows["all"])


def _row(name: str, counts: Counter[bool]) -> str:
    share = 100 * counts[True] / counts.total()
    return f"| {name} | {counts.total():,} | {counts[True]:,} | {counts[False]:,} | {share:.1f} |"


def main() -> None:
    """Print survivors that the page does not list, and the table."""
    found = list(mutants())
    survivors = [mutant for mutant in found if mutant.status not in KILLED]
    page = LISTED.read_text(encoding="utf-8")
    for mutant in survivors:
        if not mutant.is_listed(page):
            print(f"{mutant.name}: {mutant.status}\n{mutant.change}\n")
    print("\n".join(table(found)))
    share = 100 * (1 - len(survivors) / len(found))
    if share < QUOTA:
        sys.exit(f"The tests killed {share:.1f} % of the mutants; {QUOTA:.0f} % is the quota.")


if __name__ == "__main__":
    main()
