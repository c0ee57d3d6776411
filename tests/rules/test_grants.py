"""A JWT can have less than its session, and never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import OutsideGrant
from domain.grants import Grant, Narrowing, narrowed

DEFAULT = "remint"
WORDS = st.lists(st.sampled_from("abc"), unique=True).map(tuple)
GRANTS = st.none() | st.builds(Grant, scope=WORDS, audience=WORDS)
NARROWINGS = st.builds(
    Narrowing, scope=st.none() | WORDS, audience=st.none() | st.sampled_from(["a", "b", DEFAULT])
)


@given(GRANTS)
def test_nothing_is_asked_and_nothing_changes(grant: Grant | None) -> None:
    assert narrowed(grant, None, DEFAULT) is grant


@given(GRANTS, NARROWINGS)
def test_a_narrower_grant_is_what_was_asked_for_within_the_session(
    grant: Grant | None, to: Narrowing
) -> None:
    scope = grant.scope if grant else ()
    audience = (grant.audience if grant else ()) or (DEFAULT,)
    has_scope = to.scope is None or set(to.scope) <= set(scope)
    has_audience = to.audience is None or to.audience in audience
    if has_scope and has_audience:
        less = narrowed(grant, to, DEFAULT)
        assert less is not None
        assert less.scope == (scope if to.scope is None else to.scope)
        assert (less.audience or (DEFAULT,)) == (
            audience if to.audience is None else (to.audience,)
        )
    else:
        with pytest.raises(OutsideGrant) as refused:
            narrowed(grant, to, DEFAULT)
        assert refused.value.part == ("resource" if has_scope else "scope")


def test_the_rest_of_the_grant_stays() -> None:
    grant = Grant(scope=("a",), actor="support", acr="2")
    less = narrowed(grant, Narrowing(scope=()), DEFAULT)
    assert less == Grant(actor="support", acr="2")
