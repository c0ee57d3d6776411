"""The one base64url: every text has one meaning, every meaning one text (J9, T2)."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.security import base64url


@given(st.binary(max_size=80))
def test_bytes_survive_the_way_there_and_back(raw: bytes) -> None:
    text = base64url.encode(raw)
    assert text == urlsafe_b64encode(raw).rstrip(b"=")
    assert base64url.decode(text) == raw


@given(st.binary(max_size=8) | st.text("AQgwxyz-_+/=\0 \n", max_size=8).map(str.encode))
def test_a_text_that_encoding_does_not_write_is_refused(text: bytes) -> None:
    try:
        raw = base64url.decode(text)
    except ValueError:
        return
    assert base64url.encode(raw) == text


@pytest.mark.parametrize("text", [b"A", b"AB", b"AAB", b"AA==", b"+///", b"AA A", b"AAAA\n"])
def test_a_second_spelling_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - binascii has words of its own
        base64url.decode(text)


@pytest.mark.parametrize("text", [b"AB", b"AAB", b"__"])
def test_spare_bits_are_refused_with_the_reason(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"^The last character has bits that no byte needs\.$"):
        base64url.decode(text)
