"""How a client authenticates over HTTP: by Basic, as RFC 6749 section 2.3.1 has it."""

from base64 import b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clients import ClientCredentials
from domain.errors import InvalidClient
from interfaces.http.wire.client_credentials import client_credentials


def header(value: bytes) -> tuple[bytes, bytes]:
    return b"authorization", value


def basic(text: str) -> bytes:
    return b"Basic " + b64encode(text.encode())


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=50),
    st.text(st.characters(codec="utf-8"), max_size=50),
)
def test_both_parts_are_form_encoded_first(client_id: str, secret: str) -> None:
    presented = basic(f"{quote_plus(client_id)}:{quote_plus(secret)}")
    assert client_credentials([header(presented)]) == ClientCredentials(client_id, secret)


@pytest.mark.parametrize("scheme", [b"Basic", b"basic", b"BASIC", b"Basic  "])
def test_the_scheme_has_any_case(scheme: bytes) -> None:
    value = scheme + b" " + b64encode(b"shop:rms1_x")
    assert client_credentials([header(value)]) == ClientCredentials("shop", "rms1_x")


@pytest.mark.parametrize("headers", [[], [(b"host", b"x")], [header(b"Bearer abc")], [header(b"")]])
def test_a_request_without_basic_has_no_client(headers: list[tuple[bytes, bytes]]) -> None:
    assert client_credentials(headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        [header(b"Basic")],
        [header(b"Basic !!!")],
        [header(b"Basic c2hvcA==")],
        [header(b"Basic c2hvcDpz x")],
        [header(b"Basic /////w==")],
        [header(basic("shop:a")), header(basic("shop:a"))],
        [header(basic("shop:a")), header(b"Bearer abc")],
        [header(b"Basic " + b"A" * 5000)],
    ],
    ids=lambda headers: str(headers)[:40],
)
def test_everything_else_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(InvalidClient):
        client_credentials(headers)
