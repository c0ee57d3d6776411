"""The actor to which an act is ascribed."""

from domain import actors
from domain.actors import Actor, ActorKind


def test_an_operator_is_known_by_name() -> None:
    operator = Actor.operator("root")
    assert (operator.kind, operator.name) == (ActorKind.OPERATOR, "root")


def test_only_an_operator_has_a_name() -> None:
    nameless = [one for one in vars(actors).values() if isinstance(one, Actor)]
    assert {one.kind for one in nameless} == set(ActorKind) - {ActorKind.OPERATOR}
    assert {one.name for one in nameless} == {""}
