"""Which tests prove which item of docs/checklist.md; run as a module, it writes them in."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/checklist.md"
ITEM = re.compile(r"(?m)^\*\*([A-Z]\d+)\*\* (.+)\n((?:- .+\n)*)")
_ONE = re.compile(r"\b([DTLJKGHOS])(\d{1,2})\b(?: to \1(\d{1,2})\b)?")
SHOWN = 4


def proofs() -> dict[str, list[str]]:
    """Item → the tests whose names or docstrings cite it, `FILE::NAME`; else whole files."""
    by_test: dict[str, list[str]] = defaultdict(list)
    by_file: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = path.relative_to(ROOT).as_posix()
        module = ast.parse(path.read_text(encoding="utf-8"))
        for item in cited(ast.get_docstring(module) or ""):
            by_file[item].append(name)
        for test in _tests(module):
            for item in cited(f"{ast.get_docstring(test)} {_in_name(test.name)}"):
                by_test[item].append(f"{name}::{test.name}")
    return dict(by_file) | by_test


def cited(text: str) -> set[str]:
    """The items that a docstring names; "J2 to J5" names four."""
    return {
        f"{letter}{number}"
        for letter, first, last in _ONE.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def filled(document: str, proved: Mapping[str, Sequence[str]]) -> str:
    """The document with every item's tests written below it."""
    return ITEM.sub(lambda item: _filled(item, proved.get(item[1], ())), document)


def _filled(item: re.Match[str], tests: Sequence[str]) -> str:
    lines = [f"- `{test}`\n" for test in tests[:SHOWN]]
    if len(tests) > SHOWN:
        lines.append(f"- and {len(tests) - SHOWN} more\n")
    return f"**{item[1]}** {item[2]}\n{''.join(lines)}"


def _in_name(name: str) -> str:
    """The words of a test's name that may be items, as in test_the_key_set_is_cached_k2."""
    return " ".join(word.upper() for word in name.split("_"))


def _tests(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and node.name.startswith("test_"):
            yield node


if __name__ == "__main__":
    before = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(filled(before, proofs()), encoding="utf-8")
