"""What a user is, and which names and passwords there can be."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bounds import LONGEST_USERNAME
from domain.errors import InvalidUsername
from domain.users import User, new_username, username
from tests.support.fakes.builders import HOUR, NOON, a_user


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Someone", "someone"),
        ("  someone\t", "someone"),
        ("\uff33omeone", "someone"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("e\u0301", "\u00e9"),
        ("someone@example.org", "someone@example.org"),
    ],
)
def test_spellings_of_one_name_are_one_name(typed: str, stored: str) -> None:
    assert username(typed) == stored


@pytest.mark.parametrize(
    "impossible",
    ["", " ", "\u2003", "a\0b", "a\nb", "a\u2028b", "a\ud800", "a" * 255, "\u1e9e" * 128],
)
def test_what_is_no_name_is_refused(impossible: str) -> None:
    with pytest.raises(InvalidUsername):
        username(impossible)


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cn", "Cs", "Zl", "Zp"])
def test_no_new_name_has_a_character_that_nobody_can_read(category: str) -> None:
    characters = map(chr, range(0x3000))
    unreadable = [one for one in characters if unicodedata.category(one) == category]
    for character in unreadable or ["\ud800"]:
        with pytest.raises(InvalidUsername):
            new_username(f"a{character}b")


@pytest.mark.parametrize(
    "invisible",
    list(
        "\u200b\u200d\u2060\ufeff\u00ad\u202e\U000e0041\ufe0f\U000e0100\u034f\u115f\u3164\uffa0\u180b\u2800"
    ),
)
def test_an_invisible_character_makes_no_second_user_of_a_name(invisible: str) -> None:
    for name in (f"alice{invisible}", f"{invisible}alice", f"al{invisible}ice"):
        with pytest.raises(InvalidUsername):
            new_username(name)


def test_a_user_who_was_added_under_an_invisible_character_is_still_found() -> None:
    assert username("al\u200dice") == "al\u200dice"


@pytest.mark.parametrize("name", ["αλίκη", "김철수", "محمد", "प्रिया", "a b", "o'brien", "😀"])
def test_names_in_every_script_are_names(name: str) -> None:
    assert new_username(name) == username(name)


def test_a_name_can_be_as_long_as_an_address() -> None:
    assert username("a" * LONGEST_USERNAME) == "a" * LONGEST_USERNAME


@given(st.text(max_size=300))
def test_a_stored_name_is_found_under_itself(text: str) -> None:
    try:
        name = username(text)
    except InvalidUsername:
        return
    assert username(name) == name
    assert unicodedata.is_normalized("NFKC", name)


@pytest.mark.proves("L10")
def test_a_password_change_ends_every_session() -> None:
    """Sessions live in a credentials epoch, and this one is over."""
    before = a_user()
    after = before.with_password("another hash", NOON)
    assert after.password_hash == "another hash"
    assert after.credentials_epoch == before.credentials_epoch + 1


@pytest.mark.proves("G3")
def test_a_stronger_hash_of_the_same_password_ends_none() -> None:
    before = a_user()
    assert before.rehashed("stronger").credentials_epoch == before.credentials_epoch


def test_disabling_ends_every_session_and_enabling_revives_none() -> None:
    before = a_user()
    after = before.disabled(NOON).enabled()
    assert not after.is_disabled
    assert after.credentials_epoch > before.credentials_epoch


def test_a_user_stays_disabled_since_the_first_time() -> None:
    assert a_user().disabled(NOON).disabled(NOON + HOUR).disabled_at == NOON


@pytest.mark.parametrize(
    "change",
    [
        lambda user: user.rehashed("h"),
        lambda user: user.with_password("h", NOON),
        lambda user: user.logged_out_everywhere(NOON),
        lambda user: user.disabled(NOON),
        lambda user: user.enabled(),
    ],
    ids=["rehashed", "with password", "logged out", "disabled", "enabled"],
)
def test_every_change_is_the_next_version(change: Callable[[User], User]) -> None:
    assert change(a_user(version=7)).version == 8


@pytest.mark.proves("S1")
def test_no_log_shows_a_password_hash() -> None:
    assert "CANARY" not in repr(a_user(password_hash="CANARY"))
