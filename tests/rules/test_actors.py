"""The actor to which an act is ascribed."""

from domain import actors
from domain.actors import Actor, ActorKind


def test_an_operator_is_known_by_name() -> None:
    operator = Actor.operator("root")
    assert (operator.kind, operator.name) == (ActorKind.OPERATOR, "root")


def test_a_client_is_known_by_its_id() -> None:
    client = Actor.client("shop")
    assert (client.kind, client.name) == (ActorKind.CLIENT, "shop")


def test_nobody_else_has_a_name() -> None:
    nameless = [one for one in vars(actors).values() if isinstance(one, Actor)]
    named = {ActorKind.OPERATOR, ActorKind.CLIENT, ActorKind.ISSUER}
    assert {one.kind for one in nameless} == set(ActorKind) - named
    assert {one.name for one in nameless} == {""}
