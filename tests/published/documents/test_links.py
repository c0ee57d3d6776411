"""Links inside Remint's documents lead somewhere, and commands that they name exist."""

import re
from pathlib import Path

import click
import pytest

from config.main import main

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "tests/README.md",
]
PROSE = re.compile(r"`(remint(?: [a-z][a-z-]*)+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(document: Path) -> None:
    named = set(PROSE.findall(document.read_text(encoding="utf-8")))
    assert [command for command in sorted(named) if not _exists(command.split()[1:])] == []


def _exists(words: list[str]) -> bool:
    command: click.Command | None = main
    for word in words:
        if not isinstance(command, click.Group):
            return True  # what follows is an argument
        command = command.get_command(click.Context(command), word)
    return command is not None
