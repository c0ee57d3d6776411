"""Every run-time dependency has a stated reason."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCUMENT = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")


def test_every_run_time_dependency_is_justified_in_one_line_and_none_that_is_gone() -> None:
    declared = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["traces"]]
    justified = re.findall(r"^\| `([a-z0-9-]+)` \| \w.+ \|$", DOCUMENT, re.MULTILINE)
    assert sorted(justified) == sorted(map(_name, declared))


@pytest.mark.proves("S8")
def test_every_line_of_the_locks_is_hashed_and_names_no_registry() -> None:
    """The installed packages are the locked ones."""
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-build.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        entries = re.split(r"\n(?=\S)", text.replace("\\\n", " ").strip())
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
        assert "://" not in text


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9-]+", requirement)
    assert found
    return found[0]
