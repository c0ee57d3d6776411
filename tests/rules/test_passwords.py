"""One password, however keyboards and systems write its characters."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidPassword
from domain.passwords import new_password, prepared, spellings

COMPOSED, DECOMPOSED = "caf\u00e9 au lait", "cafe\u0301 au lait"


@pytest.mark.proves("G5")
@pytest.mark.parametrize("length", [8, 64, 1024])
def test_passwords_of_sane_length_are_taken_as_they_are(length: int) -> None:
    """At least 64 characters, and nothing cut off."""
    assert new_password(" " * length) == " " * length


@pytest.mark.parametrize("length", [0, 7, 1025])
def test_passwords_of_other_lengths_are_refused(length: int) -> None:
    with pytest.raises(InvalidPassword):
        new_password("x" * length)


@pytest.mark.parametrize("unfit", ["\0", "\n", "\r", "\t", "\x7f", "\x85", "\ud800"])
def test_a_character_that_no_keyboard_writes_again_is_refused(unfit: str) -> None:
    with pytest.raises(InvalidPassword):
        new_password(f"correct{unfit}horse")


@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED, COMPOSED.replace(" ", "\u00a0")])
def test_spellings_of_one_password_are_one_password(typed: str) -> None:
    assert new_password(typed) == COMPOSED
    assert spellings(typed) == tuple(dict.fromkeys((COMPOSED, typed)))


@pytest.mark.parametrize("other", ["CAF\u00c9 AU LAIT", "cafe au lait", "\uff43afe au lait"])
def test_other_letters_are_another_password(other: str) -> None:
    assert new_password(other) != COMPOSED


@pytest.mark.proves("G5")
@given(st.text(max_size=40))
def test_every_normal_form_of_a_text_is_one_password_and_the_typed_one_is_tried(
    typed: str,
) -> None:
    forms = {unicodedata.normalize(form, typed) for form in ("NFC", "NFD")}
    assert len({prepared(form) for form in forms}) == 1
    assert prepared(prepared(typed)) == prepared(typed)
    assert spellings(typed)[-1] == typed
    assert 1 <= len(spellings(typed)) <= 2
