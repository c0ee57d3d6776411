"""Runs a whole suite for the gate: what failed is tried once more by itself, and named.

`python -m tests.support.checks.gate make test` runs the suite, which loads this module as a pytest
plugin. The gate fails if a test failed twice, if more than two tests failed at first, and if any
test never ran: a run that crashed proves nothing of what came after.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ALLOWED = 2
"""Tests that can meet a machine's bad minute: real servers are raced, killed and paused."""


@dataclass
class Run:
    """What happened to the tests of a run."""

    finished: list[str] = field(default_factory=list)
    """One entry a test, because generated tests can share a name."""
    failed: set[str] = field(default_factory=set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)
        if report.when == "teardown":
            self.finished.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        crashed = self.failed.difference(self.finished)
        never_ran = session.testscollected - len(self.finished) - len(crashed)
        record: Path = session.config.option.record
        record.write_text(json.dumps({"never_ran": never_ran, "failed": sorted(self.failed)}))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", type=Path, required=True, help="where the run is recorded")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the workers' reports come to their controller
        config.pluginmanager.register(Run())


def gate(command: Sequence[str]) -> int:
    """The exit code of the gate."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "run.json")
        plugin = f"-p {__spec__.name} --record={record}"
        done = subprocess.run(command, env=os.environ | {"PYTEST_ADDOPTS": plugin}, check=False)
        if not record.exists():
            return _failed("The run ended before its tests did.")
        run = json.loads(record.read_text())
    if run["never_ran"]:
        return _failed(f"{run['never_ran']} tests never ran.")
    if not run["failed"]:
        return done.returncode
    named = "\n".join(f"  {test}" for test in run["failed"])
    if len(run["failed"]) > ALLOWED:
        return _failed(f"More than {ALLOWED} tests failed:\n{named}")
    again = subprocess.run([sys.executable, "-m", "pytest", *run["failed"]], check=False)
    print(f"\nHad to be tried twice:\n{named}")
    return again.returncode


def _failed(why: str) -> int:
    print(f"\nThe gate failed. {why}")
    return 1


if __name__ == "__main__":
    sys.exit(gate(sys.argv[1:]))
