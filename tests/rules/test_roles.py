"""Which roles a user can have: readable ones, each once, and all of them fit into a JWT."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bounds import MOST_BYTES_OF_ROLES
from domain.errors import InvalidRoles
from domain.roles import new_roles


@pytest.mark.parametrize(
    "roles",
    [
        ("",),
        (" ",),
        (" admin",),
        ("admin\t",),
        ("a\nb",),
        ("a\0b",),
        ("a\u200bb",),
        ("a\u2028b",),
        ("a\ud800",),
        ("admin", "admin"),
        ("a" * 129,),
        tuple(f"{number:028}" for number in range(200)),
        tuple("\U0001f600" * 127 + str(number) for number in range(9)),
    ],
)
def test_what_is_no_role_is_refused(roles: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRoles):
        new_roles(roles)


@pytest.mark.parametrize(
    "roles", [(), ("admin",), ("admin", "Admin"), ("orders:read", "a b", "größe"), ("a" * 128,)]
)
def test_roles_are_taken_as_they_are(roles: tuple[str, ...]) -> None:
    assert new_roles(roles) == roles


@given(st.lists(st.text(max_size=200), max_size=60))
def test_all_accepted_roles_are_short_distinct_and_visible(words: list[str]) -> None:
    try:
        accepted = new_roles(tuple(words))
    except InvalidRoles:
        return
    assert len(set(accepted)) == len(words)
    assert sum(len(role.encode()) for role in accepted) < MOST_BYTES_OF_ROLES
    for role in accepted:
        assert role == role.strip() != ""
        assert not {unicodedata.category(one) for one in role} & {"Cc", "Cf", "Cn", "Cs"}
