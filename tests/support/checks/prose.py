"""The prose of the repository, piece by piece: Markdown, Python's strings and comments, files."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]

_CODE = r"^```(?s:.*?)^```$|`[^`\n]+`"
# Rows of settings and metrics are made from strings of the packages, other links from test names.
_GENERATED = r"^\| `[a-z_.]+` \|.*$|\[[^]\n]+\]\(\.\./tests/[^)]+\)"
_NO_PROSE = re.compile(f"{_GENERATED}|{_CODE}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that people read, with the line of `path` that the text starts on."""

    path: Path
    line: int
    text: str

    def at(self, position: int) -> str:
        line = self.line + self.text.count("\n", 0, position)
        return f"{self.path.relative_to(ROOT)}:{line}"


def of_markdown(path: Path) -> Iterator[Piece]:
    """The whole page, with code and generated texts blanked out."""
    text = path.read_text(encoding="utf-8")
    yield Piece(path, 1, _NO_PROSE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text))


def of_file(path: Path) -> Iterator[Piece]:
    """The whole file. Comments lose their `#`, so that a sentence can span lines."""
    text = path.read_text(encoding="utf-8")
    yield Piece(path, 1, re.sub(r"(?m)^(\s*)#", r"\1 ", text))


def of_python(path: Path) -> Iterator[Piece]:
    """Every comment, and every string of several words: docstrings, help, messages."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield Piece(path, node.lineno, re.sub(r"`[^`\n]+`", " ", node.value))
    yield from _comments(path, source)


def _comments(path: Path, source: str) -> Iterator[Piece]:
    """Comments on successive lines are one piece."""
    start, lines = 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.start[0] != start + len(lines):
            yield Piece(path, start, "\n".join(lines))
            start, lines = token.start[0], []
        lines.append(re.sub(r"`[^`\n]+`", " ", token.string.lstrip("# ")))
    yield Piece(path, start, "\n".join(lines))
