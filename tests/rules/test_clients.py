"""What a client is called, on which terms, and what proves it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clients import Client, ClientTerms, Permission, new_client_id, new_secret, new_terms
from domain.errors import (
    ClientSecretConflict,
    InvalidClientId,
    InvalidClientTerms,
    InvalidSubject,
)
from domain.subjects import new_subject
from tests.support.fakes.builders import DAY, MINUTE, NOON, SECOND, a_client

ENTROPY = random.Random(0).randbytes


@pytest.mark.parametrize("text", ["a", "9", "shop", "shop_1.example-x", "a" * 64])
def test_a_client_id_is_taken_as_it_is(text: str) -> None:
    assert new_client_id(text) == text


@pytest.mark.parametrize(
    "text", ["", "-a", ".a", "_a", "Shop", "a b", "a/b", "a:b", "é", "a" * 65, "a\n"]
)
def test_other_client_ids_are_refused(text: str) -> None:
    with pytest.raises(InvalidClientId):
        new_client_id(text)


@pytest.mark.parametrize("text", ["4711", "auth0|5f7c", "a@b.c", "~!", "x" * 255])
def test_a_subject_is_taken_as_it_is(text: str) -> None:
    assert new_subject(text) == text


@pytest.mark.parametrize("text", ["", "a b", "a/b", "é", "a\n", "\x7f", "x" * 256])
def test_other_subjects_are_refused(text: str) -> None:
    with pytest.raises(InvalidSubject):
        new_subject(text)


@given(st.text(max_size=300))
def test_a_subject_is_printable_ascii_or_refused(text: str) -> None:
    try:
        assert new_subject(text).isascii()
    except InvalidSubject:
        assert not text or len(text) > 255 or "/" in text or any(not "!" <= c <= "~" for c in text)


def test_secrets_are_long_and_never_the_same() -> None:
    first, second = new_secret(ENTROPY), new_secret(ENTROPY)
    assert first != second
    assert first.startswith("rms1_")
    assert len(first) == len("rms1_") + 43


def proving(client: Client) -> list[str]:
    return [secret for secret in ("a", "b", "c", "") if client.is_proved_by(secret)]


def test_each_of_two_secrets_proves_a_client_until_one_is_dropped() -> None:
    client = a_client(secret="a").with_secret("b")
    assert proving(client) == ["a", "b"]
    assert proving(client.without_older_secret()) == ["b"]
    assert proving(client.without_newer_secret()) == ["a"]


def test_no_secret_that_works_is_lost_to_a_third_one() -> None:
    with pytest.raises(ClientSecretConflict, match="has two secrets"):
        a_client(secret="a").with_secret("b").with_secret("c")


@pytest.mark.parametrize("secret", [None, "a"])
def test_the_only_secret_is_not_dropped(secret: str | None) -> None:
    client = a_client(secret=secret)
    for drop in (client.without_older_secret, client.without_newer_secret):
        with pytest.raises(ClientSecretConflict, match="no secrets" if secret is None else "one"):
            drop()


def test_a_public_client_stays_public() -> None:
    with pytest.raises(ClientSecretConflict, match="public"):
        a_client().with_secret("a")


def test_two_clients_of_one_id_have_neither_epoch_nor_version_in_common() -> None:
    first, second = a_client(), a_client()
    assert first.id == second.id
    assert {first.epoch, first.version}.isdisjoint({second.epoch, second.version})


def test_no_secret_proves_a_public_client() -> None:
    assert not a_client().is_proved_by("")


def test_nothing_that_a_client_stores_shows_its_secret() -> None:
    assert "digest" not in repr(a_client(secret="a"))


def test_a_change_counts_up_the_version_and_an_end_the_epoch() -> None:
    client = a_client()
    assert client.disabled(NOON).epoch == client.epoch + 1
    assert client.disabled(NOON).enabled().epoch == client.epoch + 1
    assert client.disabled(NOON).disabled(NOON + SECOND).disabled_at == NOON
    assert client.disabled(NOON).enabled().version == client.version + 2


@pytest.mark.parametrize(
    ("terms", "is_public", "part"),
    [
        (ClientTerms(may=(Permission.INTROSPECT,)), True, "may"),
        (ClientTerms(audiences=("a", "a")), False, "audiences"),
        (ClientTerms(audiences=("a b",)), False, "audiences"),
        (ClientTerms(scopes=("",)), False, "scopes"),
        (ClientTerms(scopes=('"',)), False, "scopes"),
        (ClientTerms(scopes=("\\",)), False, "scopes"),
        (ClientTerms(scopes=("é",)), False, "scopes"),
        (ClientTerms(lifetime=0 * SECOND), False, "lifetime"),
        (ClientTerms(idle=SECOND / 2), False, "idle"),
        (ClientTerms(lifetime=3651 * DAY), False, "lifetime"),
        (ClientTerms(idle=2 * MINUTE - SECOND), False, "idle"),
        (ClientTerms(idle=3651 * DAY), False, "idle"),
        (ClientTerms(session_limit=0), False, "session_limit"),
        (ClientTerms(session_limit=100_001), False, "session_limit"),
    ],
)
def test_terms_that_no_client_can_have_are_refused(
    terms: ClientTerms, is_public: bool, part: str
) -> None:
    with pytest.raises(InvalidClientTerms) as refused:
        new_terms(terms, is_public=is_public, jwt_lifetime=MINUTE)
    assert refused.value.part == part


def test_terms_at_the_bounds_are_taken_as_they_are() -> None:
    terms = ClientTerms(lifetime=SECOND, idle=2 * MINUTE, session_limit=100_000)
    assert new_terms(terms, is_public=True, jwt_lifetime=MINUTE) == terms
