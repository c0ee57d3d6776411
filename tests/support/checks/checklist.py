"""Writes into docs/checklist.md which tests prove which item, as their marker `proves` says.

A pytest plugin: `make checklist` loads it and collects the tests without running them.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from _pytest.nodes import Node

Proofs = Mapping[str, list[str]]
"""Item → links to the tests that prove it."""

ITEM = re.compile(r"(?m)^\*\*([A-Z]\d+)\*\* (.+)\n((?:- .+\n)*)")
SHOWN = 4


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--checklist", type=Path, required=True, help="the page to fill in")


def pytest_collection_finish(session: pytest.Session) -> None:
    page: Path = session.config.option.checklist
    page.write_text(filled(page.read_text(encoding="utf-8"), proofs(session.items)), "utf-8")


def proofs(tests: Iterable[pytest.Item]) -> Proofs:
    """A marker of a module stands for all its tests, so the module is named instead of them."""
    found: dict[str, dict[str, None]] = {}
    for test in tests:
        for node in test.listchain():
            for marker in node.own_markers:
                if marker.name == "proves":
                    for item in marker.args:
                        found.setdefault(item, {})[_link(node)] = None
    return {item: list(links) for item, links in found.items()}


def filled(page: str, proved: Proofs) -> str:
    """The page with every item's tests below it; KeyError for an item without a test."""
    there = {item[1] for item in ITEM.finditer(page)}
    if unknown := proved.keys() - there:
        raise KeyError(f"tests prove items that the page does not have: {sorted(unknown)}")
    return ITEM.sub(lambda item: _filled(item, proved[item[1]]), page)


def _filled(item: re.Match[str], tests: list[str]) -> str:
    more = [f"and {len(tests) - SHOWN} more"] if len(tests) > SHOWN else []
    return f"**{item[1]}** {item[2]}\n" + "".join(f"- {line}\n" for line in tests[:SHOWN] + more)


def _link(node: Node) -> str:
    """A test by its sentence, a module by its name."""
    path, _, name = node.nodeid.partition("::")
    sentence = name.partition("[")[0].removeprefix("test_").replace("_", " ")
    return f"[{sentence.capitalize() or path}](../{path})"
