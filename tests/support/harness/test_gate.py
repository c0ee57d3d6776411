"""The gate tells what had to be tried twice, and lets nothing through that never ran."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STEADY = "def test_steady(): pass\n"
FLAKY = """
from pathlib import Path

def test_flaky_{n}():
    first = Path(__file__).with_name("tried_{n}")
    if not first.exists():
        first.touch()
        raise AssertionError
"""
CRASHING = "import os\n\ndef test_crashing(): os._exit(0)\n"
BROKEN = "def test_broken(): assert False\n"
WORKERS = pytest.mark.parametrize(
    "workers", [(), ("-p", "xdist.plugin", "-n", "2")], ids=["serial", "parallel"]
)


def judged(folder: Path, *tests: str, workers: tuple[str, ...] = ()) -> tuple[int, str]:
    """The gate's exit code for a suite of these files, and what it said."""
    for number, test in enumerate(tests):
        (folder / f"test_{number}.py").write_text(test)
    (folder / "pytest.ini").touch()
    pytest_here = (sys.executable, "-m", "pytest", "-q", *workers)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.checks.gate", *pytest_here],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@WORKERS
def test_a_test_that_passes_at_the_second_try_is_named(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    code, said = judged(tmp_path, STEADY, FLAKY.format(n=1), workers=workers)
    assert (code, said.splitlines()[-2:]) == (
        0,
        ["Had to be tried twice:", "  test_1.py::test_flaky_1"],
    )


@WORKERS
def test_tests_that_share_a_name_count_each(tmp_path: Path, workers: tuple[str, ...]) -> None:
    twice = "def pytest_collection_modifyitems(items): items.extend(list(items))"
    (tmp_path / "conftest.py").write_text(twice)
    code, said = judged(tmp_path, STEADY, workers=workers)
    assert (code, "2 passed" in said) == (0, True)


def test_more_than_two_such_tests_fail_the_gate(tmp_path: Path) -> None:
    code, said = judged(tmp_path, *(FLAKY.format(n=number) for number in range(3)))
    assert (code, "More than 2 tests failed" in said) == (1, True)


def test_a_test_that_fails_twice_fails_the_gate(tmp_path: Path) -> None:
    code, said = judged(tmp_path, STEADY, BROKEN)
    assert (code, "Had to be tried twice" in said) == (1, True)


def test_a_run_that_crashed_fails_the_gate(tmp_path: Path) -> None:
    code, said = judged(tmp_path, CRASHING, STEADY)
    assert (code, "ended before its tests did" in said) == (1, True)


@WORKERS
def test_a_test_that_never_ran_fails_the_gate(tmp_path: Path, workers: tuple[str, ...]) -> None:
    code, said = judged(tmp_path, BROKEN, STEADY, STEADY, workers=(*workers, "--maxfail=1"))
    assert (code, "never ran" in said) == (1, True)


def test_a_run_without_a_failure_passes(tmp_path: Path) -> None:
    code, said = judged(tmp_path, STEADY)
    assert (code, "twice" in said) == (0, False)
