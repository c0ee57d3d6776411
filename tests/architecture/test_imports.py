"""The arrows of the architecture: which package can import which."""

import subprocess
import sys
from pathlib import Path

import pytest

import application
import config
import domain
import infrastructure
import interfaces
import testing

ROOT = Path(__file__).parents[2]
OUTSIDERS = {"litestar", "sqlalchemy", "msgspec", "uvicorn", "jwt", "click", "dependency_injector"}

WHAT_IS_LOADED = """
import sys
import application
import tests.support.fakes.use_cases_over_fakes
import tests.support.checks.decision_table
print(*{name.partition(".")[0] for name in sys.modules})
"""


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold() -> None:
    checked = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


@pytest.mark.parametrize(
    "package",
    [domain, application, infrastructure, interfaces, config, testing],
    ids=lambda p: p.__name__,
)
def test_a_package_of_a_common_name_is_ours(package: object) -> None:
    assert Path(str(getattr(package, "__file__", ""))).is_relative_to(ROOT)


def test_the_rules_and_the_use_cases_load_no_framework() -> None:
    loaded = run(sys.executable, "-c", WHAT_IS_LOADED)
    assert loaded.returncode == 0, loaded.stderr
    assert "application" in loaded.stdout.split()
    assert OUTSIDERS.isdisjoint(loaded.stdout.split())


@pytest.mark.parametrize("folder", ["rules", "use_cases"])
def test_the_inner_suites_import_nothing_from_the_outer_house(folder: str) -> None:
    for test in (ROOT / "tests" / folder).glob("*.py"):
        imports = [
            line.split()[1].partition(".")[0]
            for line in test.read_text().splitlines()
            if line.startswith(("from ", "import "))
        ]
        assert not {"infrastructure", "interfaces", "config", *OUTSIDERS} & set(imports), test.name
