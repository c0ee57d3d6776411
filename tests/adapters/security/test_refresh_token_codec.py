"""The text of a refresh token, and that no other spelling of it is accepted."""

import hashlib
import os
import re
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.causes import RefusalCause
from domain.errors import InvalidRefreshToken
from domain.refresh_tokens import RefreshToken
from infrastructure.security.refresh_token_codec import PATTERN, MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets

OLD, NEW = b"the old server secret, long enough, 1", b"the new server secret, long enough, 2"
codec = MacRefreshTokenCodec(ServerSecrets([NEW]))

tokens = st.builds(
    RefreshToken,
    session_id=st.uuids(),
    generation=st.integers(0, 2**32 - 1),
    secret=st.binary(min_size=32, max_size=32),
)


def refusal_of(text: str) -> RefusalCause:
    with pytest.raises(InvalidRefreshToken) as refused:
        codec.read(text)
    return refused.value.cause


@pytest.mark.proves("T2")
@given(tokens)
def test_every_token_reads_back_and_matches_the_published_pattern(token: RefreshToken) -> None:
    text = codec.write(token)
    assert re.fullmatch(PATTERN, text)
    assert codec.read(text) == token


@pytest.mark.proves("T2")
@given(tokens, st.data())
def test_one_changed_character_makes_it_unrecognized(
    token: RefreshToken, data: st.DataObject
) -> None:
    text = codec.write(token)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[place]))
    assert refusal_of(text[:place] + other + text[place + 1 :]) is RefusalCause.UNRECOGNIZED


@given(st.text(max_size=200))
def test_made_up_text_is_unrecognized(text: str) -> None:
    assert refusal_of(text) is RefusalCause.UNRECOGNIZED


@pytest.mark.parametrize("change", ["{}=", "{}\n", " {}", "{}\0", "RMT1_{}"])
def test_there_is_no_second_spelling(change: str) -> None:
    text = codec.write(RefreshToken(uuid4(), 0, os.urandom(32)))
    assert refusal_of(change.format(text)) is RefusalCause.UNRECOGNIZED


def test_a_token_of_the_old_secret_reads_while_that_is_in_the_list() -> None:
    token = RefreshToken(uuid4(), 7, os.urandom(32))
    old_text = MacRefreshTokenCodec(ServerSecrets([OLD])).write(token)
    both = MacRefreshTokenCodec(ServerSecrets([OLD, NEW]))
    assert both.read(old_text) == token
    assert both.write(token) == codec.write(token) != old_text
    assert refusal_of(old_text) is RefusalCause.UNRECOGNIZED


@pytest.mark.proves("T3")
def test_database_and_server_secret_together_cannot_forge_a_token() -> None:
    token = RefreshToken(uuid4(), 0, os.urandom(32))
    stolen_row = (token.session_id, token.secret_digest)
    forged = codec.read(codec.write(RefreshToken(stolen_row[0], 0, stolen_row[1])))
    assert hashlib.sha256(forged.secret).digest() != stolen_row[1]


@pytest.mark.proves("S1")
def test_a_token_hides_its_secret_from_repr() -> None:
    assert "secret" not in repr(RefreshToken(uuid4(), 0, b"c" * 32))
