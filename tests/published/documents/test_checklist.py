"""docs/checklist.md is complete, and what it says of tests is true."""

import re

from tests.support.checks.checklist import DOCUMENT, ITEM, ROOT, cited, filled, proofs

TEXT = DOCUMENT.read_text(encoding="utf-8")
PROOFS = proofs()
ITEMS = (
    "D1 to D5, T1 to T6, L1 to L3, L5 to L11, L13 to L14, J1 to J14, K1 to K6, G1 to G8, "
    "H1 to H10, H12 to H14, H16, O4, S1 to S9"
)
NOT_OFFERED = "O1, O2, O3, O5, O6, O7"


def test_every_item_is_there_once_and_what_is_not_offered_is_said() -> None:
    there = [item[1] for item in ITEM.finditer(TEXT)]
    assert sorted(there) == sorted(cited(ITEMS))
    assert all(re.search(rf"\b{item} \(", TEXT) for item in cited(NOT_OFFERED))


def test_no_item_is_without_a_proof() -> None:
    assert cited(ITEMS) - set(PROOFS) == set()


def test_every_test_that_the_page_names_exists_and_cites_the_item() -> None:
    """`make checklist` mends it."""
    for item in ITEM.finditer(TEXT):
        named = re.findall(r"- `(.+)`", item[3])
        assert named, f"{item[1]} has a proof, and the page does not name it"
        assert set(named) <= set(PROOFS[item[1]])


def test_no_test_cites_an_item_that_does_not_exist() -> None:
    assert set(PROOFS) - cited(f"{ITEMS}, {NOT_OFFERED}") == set()


def test_filling_in_changes_nothing_but_the_lists_of_tests() -> None:
    again = filled(TEXT, PROOFS)
    assert ITEM.sub(r"\1 \2", again) == ITEM.sub(r"\1 \2", TEXT)
    assert (ROOT / PROOFS["T4"][0].partition("::")[0]).exists()
