"""The pages for maintainers: tests hold what they state, and the files that they name exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
STATED = ARCHITECTURE.partition("## Invariants")[2].partition("\n## ")[0]
INVARIANTS = re.findall(r"^- .+$", STATED, re.MULTILINE)
README = (ROOT / "README.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*\w)`")
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "docs/architecture.md"]


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda text: text.split("**")[1])
def test_each_invariant_names_a_test_that_exists(invariant: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", invariant)
    assert named
    for file, name in named:
        assert name in _functions(ROOT / file)


def test_each_invariant_of_the_readme_links_the_test_that_holds_it() -> None:
    stated = README.split("Invariants")[1].split("\n\n")[1].splitlines()
    assert len(stated) >= 5
    for invariant in stated:
        assert re.search(r"\(tests/[\w/]+\.py\)", invariant), invariant


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_file_that_is_named_is_there(page: Path) -> None:
    named = PATH.findall(page.read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def _functions(file: Path) -> set[str]:
    module = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in module.body if isinstance(node, kinds)}
