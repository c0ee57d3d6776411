"""A service that follows the revocations refuses exactly the JWTs that are dead."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access_tokens import AccessToken
from domain.errors import InvalidRefreshToken, UserNotFound
from domain.revocations import Named
from domain.sessions import Renewal
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import NOON, OPERATOR
from tests.support.fakes.fakes import FakeClock, FakeDatabase, SeededEntropy
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

NAMES = ("ada", "bob")
SESSION_IS_OVER = (InvalidRefreshToken, UserNotFound)


@dataclass
class Issued:
    """A JWT, and how often its user's JWTs had been revoked when it was issued."""

    claims: AccessToken
    changes: int


@dataclass
class World:
    """Two instances of one database, whose clocks differ, and what has really happened."""

    instances: list[UseCasesOverFakes]
    issued: list[Issued] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    changes: Counter[str] = field(default_factory=Counter)
    jwts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, apart: timedelta) -> "World":
        database, entropy = FakeDatabase(), SeededEntropy()
        clocks = (FakeClock(), FakeClock(NOON + apart))
        return cls(
            [UseCasesOverFakes(database=database, clock=clock, entropy=entropy) for clock in clocks]
        )

    def note(self, house: UseCasesOverFakes, jwt: str) -> None:
        claims = house.jwts.signed[jwt]
        for instance in self.instances:
            instance.jwts.signed[jwt] = claims
        self.issued.append(Issued(claims, self.changes[claims.subject]))

    def is_dead(self, jwt: Issued) -> bool:
        claims = jwt.claims
        return str(claims.session_id) in self.ended or self.changes[claims.subject] > jwt.changes

    def is_refused(self, jwt: Issued) -> bool:
        """The rule of docs/services.md."""
        claims = jwt.claims
        named = {Named.SESSION: str(claims.session_id), Named.SUBJECT: claims.subject}
        return any(
            named.get(line.by) == line.value
            and floor(claims.issued_at.timestamp()) < line.not_before.timestamp()
            for line in self.instances[0].database.revocations
        )


Act = Callable[[World, UseCasesOverFakes, int], Awaitable[None]]


async def log_in(world: World, house: UseCasesOverFakes, which: int) -> None:
    opened = await house.log_in(NAMES[which % 2], Renewal.REUSABLE)
    world.tokens.append(opened.refresh_token)
    world.note(house, opened.jwt)


async def refresh(world: World, house: UseCasesOverFakes, which: int) -> None:
    if world.tokens:
        world.note(house, (await house.refresh(world.tokens[which % len(world.tokens)])).jwt)


async def revoke(world: World, house: UseCasesOverFakes, which: int) -> None:
    if world.tokens:
        token = world.tokens[which % len(world.tokens)]
        session = house.jwts.signed[(await house.refresh(token)).jwt].session_id
        await house.can.presenters.revoke(token)
        world.ended.add(str(session))


async def subject_of(house: UseCasesOverFakes, name: str) -> str:
    user = await house.stores.users.named(name)
    assert user is not None
    return user.subject


async def log_out_everywhere(world: World, house: UseCasesOverFakes, which: int) -> None:
    name = NAMES[which % 2]
    await house.can.operators.log_out_user(name, by=OPERATOR)
    world.changes[await subject_of(house, name)] += 1


async def log_out_elsewhere(world: World, house: UseCasesOverFakes, which: int) -> None:
    if world.tokens:
        refreshed = await house.refresh(world.tokens[which % len(world.tokens)])
        world.note(house, refreshed.jwt)
        await house.can.account.log_out_everywhere(refreshed.jwt, keep_this=True)
        world.changes[world.issued[-1].claims.subject] += 1


async def set_password(world: World, house: UseCasesOverFakes, which: int) -> None:
    name = NAMES[which % 2]
    await house.can.operators.set_password(name, PASSWORD, by=OPERATOR)
    world.changes[await subject_of(house, name)] += 1


async def change_roles(world: World, house: UseCasesOverFakes, which: int) -> None:
    name, roles = NAMES[which % 2], (("admin",), ())[which // 2 % 2]
    user = await house.stores.users.named(name)
    assert user is not None
    await house.can.operators.set_user(
        name, lambda profile: replace(profile, roles=roles), by=OPERATOR
    )
    world.changes[user.subject] += user.roles != roles


async def disable_and_enable(world: World, house: UseCasesOverFakes, which: int) -> None:
    name = NAMES[which % 2]
    await house.can.operators.disable_user(name, by=OPERATOR)
    world.changes[await subject_of(house, name)] += 1
    await house.can.operators.enable_user(name, by=OPERATOR)


async def delete_and_add(world: World, house: UseCasesOverFakes, which: int) -> None:
    name = NAMES[which % 2]
    world.changes[await subject_of(house, name)] += 1
    await house.can.operators.delete_user(name, by=OPERATOR)
    await house.add_user(name)


ACTS: list[Act] = [
    *(log_in, refresh, revoke, log_out_everywhere, log_out_elsewhere),
    *(set_password, change_roles, disable_and_enable, delete_and_add),
]
OFTEN: list[Act] = [log_in, refresh, refresh, revoke]
MOMENTS = st.sampled_from((0, 0, 0, 0.1, 0.3, 0.5, 0.999, 2.5))
EVENTS = st.tuples(
    st.sampled_from(ACTS) | st.sampled_from(OFTEN), st.integers(0, 1), st.integers(0, 3), MOMENTS
)
APART = st.sampled_from((-0.999, -0.9, -0.5, 0, 0.5, 0.9, 0.999))


async def live_through(events: list[tuple[Act, int, int, float]], apart: float) -> None:
    world = World.of(timedelta(seconds=apart))
    for name in NAMES:
        await world.instances[0].add_user(name)
    for act, instance, which, seconds in events:
        try:
            await act(world, world.instances[instance], which)
        except SESSION_IS_OVER:
            assert act in (refresh, revoke, log_out_elsewhere)
        for jwt in world.issued:
            assert world.is_refused(jwt) == world.is_dead(jwt), jwt
        for house in world.instances:
            house.passes(timedelta(seconds=seconds))


@settings(max_examples=400)
@given(st.lists(EVENTS, min_size=4, max_size=25), APART)
def test_no_dead_jwt_is_accepted_and_no_live_one_refused(
    events: list[tuple[Act, int, int, float]], apart: float
) -> None:
    asyncio.run(live_through(events, apart))
