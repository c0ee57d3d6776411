"""docs/checklist.md is complete, and what it says of tests is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.checks.checklist import ITEM, filled

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/checklist.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
ITEMS = (
    "D1 to D5, T1 to T6, L1 to L3, L5 to L11, L13 to L14, J1 to J14, K1 to K6, G1 to G8, "
    "H1 to H10, H12 to H14, H16, O1 to O7, S1 to S9"
)
_ONE = re.compile(r"\b([DTLJKGHOS])(\d{1,2})\b(?: to \1(\d{1,2})\b)?")


def spelled_out(text: str) -> set[str]:
    """The items that a text names; "J2 to J5" names four."""
    return {
        f"{letter}{number}"
        for letter, first, last in _ONE.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def test_every_item_is_there_once() -> None:
    there = [item[1] for item in ITEM.finditer(TEXT)]
    assert sorted(there) == sorted(spelled_out(ITEMS))


def test_every_item_has_proofs_and_the_page_names_them(tmp_path: Path) -> None:
    """`make checklist` mends it."""
    page = tmp_path / DOCUMENT.name
    page.write_text(TEXT, encoding="utf-8")
    plugin = ("-p", "tests.support.checks.checklist", f"--checklist={page}")
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", *plugin]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert page.read_text(encoding="utf-8") == TEXT


def test_an_item_without_a_proof_and_a_proof_without_an_item_are_refused() -> None:
    page = "**D1** It holds.\n**T1** It holds, too.\n"
    assert filled(page, {"D1": ["a", "b"], "T1": ["c"]}).count("- ") == 3
    with pytest.raises(KeyError, match="T1"):
        filled(page, {"D1": ["a"]})
    with pytest.raises(KeyError, match="T2"):
        filled(page, {"D1": ["a"], "T1": ["b"], "T2": ["c"]})
