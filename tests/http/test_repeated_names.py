"""Bodies and JWTs refuse the same JSON: with a name twice in one object, however it is spelt.

The two decoders belong to packages that never import each other, so each states the rule.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.security import json_names
from interfaces.http.wire import json_body
from interfaces.http.wire.request_errors import MalformedJson

Hook = Callable[[list[tuple[str, Any]]], None]


def accepts(refuse_repeated_names: Hook, text: str) -> bool:
    try:
        json.loads(text, object_pairs_hook=refuse_repeated_names)
    except (MalformedJson, ValueError):
        return False
    return True


@given(st.lists(st.tuples(st.text("ab\u00e9", max_size=2), st.booleans()), max_size=4))
def test_the_two_decoders_refuse_the_same_objects(members: list[tuple[str, bool]]) -> None:
    """The flag says whether a name is spelt with escapes, which are no other name."""
    names = [json.dumps(name, ensure_ascii=escaped) for name, escaped in members]
    text = "{" + ",".join(f"{name}:1" for name in names) + "}"
    is_unique = len({name for name, _ in members}) == len(members)
    for refuse_repeated_names in (
        json_body.refuse_repeated_names,
        json_names.refuse_repeated_names,
    ):
        assert accepts(refuse_repeated_names, text) is is_unique


@pytest.mark.parametrize(
    ("text", "is_accepted"),
    [
        ('{"a": 1, "b": {"a": 2}}', True),
        ('{"a": 1, "b": [{"c": 1, "c": 1}]}', False),
        ('{"a": 1, "\\u0061": 1}', False),
        ("{}", True),
    ],
)
def test_each_object_inside_is_an_object_of_its_own(text: str, is_accepted: bool) -> None:
    assert accepts(json_body.refuse_repeated_names, text) is is_accepted
    assert accepts(json_names.refuse_repeated_names, text) is is_accepted
