"""docs/causes.md explains every word of the product's vocabularies, and no other."""

import re
from pathlib import Path

import pytest

from domain.causes import ClaimsFault, LoginFailure, RefusalCause, RevocationCause
from domain.decision_table import Rule
from interfaces.http.wire.error_table import ERROR_TABLE
from interfaces.http.wire.request_errors import Fault

PAGE = (Path(__file__).parents[3] / "docs/causes.md").read_text(encoding="utf-8")
CODES = {entry.code for entry in ERROR_TABLE.values()}
STATUSES = {(entry.code, entry.status) for entry in ERROR_TABLE.values()}
CONTINUED_BY = {Rule.REUSABLE, Rule.BURST, Rule.ROTATION, Rule.GRACE, Rule.RECOVERY}


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def explained(title: str) -> set[str]:
    """The words in the first column of the section's table."""
    rows = re.findall(r"^\| (`[^|]+) \|", section(title), re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Why a refresh token is refused", set(RefusalCause)),
        ("Why JWTs are revoked", {word for word in RevocationCause if word not in [*RefusalCause]}),
        ("Why a log-in is refused", set(LoginFailure)),
        ("Errors of the HTTP interface", CODES),
        ("Faults of a field", {*Fault, *ClaimsFault}),
    ],
)
def test_every_word_is_explained(title: str, words: set[str]) -> None:
    assert explained(title) == words


def test_each_error_has_the_status_that_is_answered() -> None:
    table = section("Errors of the HTTP interface")
    rows = re.findall(r"^\| (`[^|]+) \| (\d+) \|", table, re.MULTILINE)
    told = {(code, int(status)) for row, status in rows for code in re.findall(r"`(\w+)`", row)}
    assert told == STATUSES


def test_the_rules_that_continue_a_session_are_named() -> None:
    named = set(re.findall(r"`(\w+)`", section("Rules that continue a session")))
    assert named >= CONTINUED_BY | {Rule.LOST_ROTATION}
