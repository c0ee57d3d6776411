"""Which custom claims a JWT can have."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bounds import MOST_BYTES_OF_CLAIMS
from domain.causes import ClaimsFault
from domain.claims import NONE, REGISTERED, new_claims
from domain.errors import InvalidClaims

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.text(st.characters(codec="utf-8"), max_size=9).filter(
    lambda name: name not in REGISTERED
)


def fault_of(text: str) -> ClaimsFault:
    with pytest.raises(InvalidClaims) as refused:
        new_claims(text)
    return refused.value.fault


@given(
    st.dictionaries(names, json_values, min_size=1, max_size=4), st.sampled_from(["", " ", "\n"])
)
def test_a_json_object_stays_as_it_was_written(claims: dict[str, object], blank: str) -> None:
    text = json.dumps(claims, ensure_ascii=len(claims) % 2 == 0)
    assert new_claims(f"{blank}{text}{blank}") == text


@pytest.mark.parametrize(
    "text",
    [
        '{"n":12345678901234567890123}',
        '{"n":1.10}',
        '{"n":1e400}',
        f'{{"n":{"9" * 4080}}}',
        '{"é":"\\u00e9","nul":"\\u0000","pair":"\\ud83d\\ude00"}',
        '{"https://example.org/plan":"pro"}',
        '{"deep":' + "[" * 31 + "]" * 31 + "}",
    ],
    ids=lambda text: text[:40],
)
def test_numbers_and_texts_are_as_json_has_them(text: str) -> None:
    assert new_claims(text) == text


def test_an_empty_object_is_no_claims() -> None:
    assert new_claims(" {} ") == NONE


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_no_claim_has_a_name_that_remint_or_a_standard_uses(name: str) -> None:
    assert fault_of(json.dumps({"plan": "pro", name: 1})) is ClaimsFault.REGISTERED_NAME
    assert new_claims(json.dumps({"plan": {name: 1}}))


def test_claims_are_bounded_in_bytes() -> None:
    longest = '{"a":"' + "é" * ((MOST_BYTES_OF_CLAIMS - 8) // 2) + '"}'
    assert new_claims(longest) == longest
    assert fault_of(longest.replace('"a"', '"ab"')) is ClaimsFault.TOO_LONG


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"text"',
        "7",
        "{",
        '{"a":1} {"b":2}',
        '{"a":NaN}',
        '{"a":-Infinity}',
        '{"a":1,"a":2}',
        '{"a":{"b":1,"b":2}}',
        "{'a':1}",
        '{"a":"\\ud800"}',
        '{"\\udfff":1}',
        '{"a":["\\ud800"]}',
        '{"deep":' + "[" * 32 + "]" * 32 + "}",
        '{"deep":' + "[" * 2000 + "]" * 2000 + "}",
    ],
    ids=lambda text: text[:30],
)
def test_everything_else_is_refused(text: str) -> None:
    assert fault_of(text) is ClaimsFault.NOT_AN_OBJECT
