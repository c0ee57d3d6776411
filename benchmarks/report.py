"""The table: as text for the terminal, and as a Markdown page that says its source."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

from benchmarks.rounds import Plan, Result

PACKAGES = ("litestar", "uvicorn", "uvloop", "msgspec", "pyjwt", "cryptography", "sqlalchemy")
HEADINGS = ("", "requests/s", "of L1", "p50 ms", "p99 ms", "p99 / L1", "CPU µs/request", "MB")
SOAK_HEADINGS = ("", "requests", "requests/s", "p99 ms", "worst p99 ms", "MB first", "MB last")


@dataclass(frozen=True, slots=True)
class Report:
    """One run's results; the others are compared with the row that `floor` names."""

    title: str
    command: str
    plan: Plan
    results: Sequence[Result]
    floor: str
    notes: Sequence[str] = ()

    figures: ClassVar[str] = "Figures are medians of the rounds; ratios are taken within a round."

    def cells(self) -> list[tuple[str, ...]]:
        floor = next(result for result in self.results if result.row.name == self.floor)
        return [HEADINGS, *(_cells(result, floor) for result in self.results)]

    def text(self) -> str:
        cells = self.cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if number == 0 else cell.rjust(width)
                for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in cells
        )

    def markdown(self) -> str:
        rounds = f"The rows take turns in {self.plan.rounds} rounds of {self.plan.seconds:g} s."
        facts = [*circumstances(self.command), rounds, self.figures, *self.notes]
        return markdown(self.title, facts, self.cells())

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.markdown())


class SoakReport(Report):
    """What changed from the first round to the last, and the slowest of all rounds."""

    figures = "Memory is the worker's after the row's turn in the first and in the last round."

    def cells(self) -> list[tuple[str, ...]]:
        return [SOAK_HEADINGS, *(_soaked(result) for result in self.results)]


def markdown(title: str, facts: Sequence[str], cells: Sequence[tuple[str, ...]]) -> str:
    """A page: a list of facts, and a table, whose headings are the first row of `cells`."""
    headings, *rows = cells
    table = [headings, ("---", *("---:" for _ in headings[1:])), *rows]
    lines = [*(f"- {fact}" for fact in facts), "", *(f"| {' | '.join(row)} |" for row in table)]
    return "\n".join([f"# {title}", "", *lines, ""])


def circumstances(command: str) -> list[str]:
    """What was run when, and where."""
    return [
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
        f"Machine: {_processor()}, {os.cpu_count()} cores; {platform.platform()}.",
        f"Python {platform.python_version()}, {', '.join(map(_versioned, PACKAGES))}.",
        "Load generator, server and database share the machine's cores; nothing is pinned.",
    ]


def _soaked(result: Result) -> tuple[str, ...]:
    turns = result.turns
    return (
        result.row.name,
        f"{sum(turn.sample.requests for turn in turns):,}",
        f"{result.rate:,.0f}",
        f"{result.p99:.2f}",
        f"{max(turn.sample.p99 for turn in turns):.2f}",
        f"{turns[0].megabytes:.0f}",
        f"{turns[-1].megabytes:.0f}",
    )


def _cells(result: Result, floor: Result) -> tuple[str, ...]:
    return (
        result.row.name,
        f"{result.rate:,.0f}",
        f"{result.ratio(floor):.2f}",
        f"{result.p50:.2f}",
        f"{result.p99:.2f}",
        f"{result.p99 / floor.p99:.1f}",
        f"{result.cpu_microseconds:,.0f}",
        f"{result.megabytes:.0f}",
    )


def _versioned(package: str) -> str:
    return f"{package} {version(package)}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor() or sys.platform
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
