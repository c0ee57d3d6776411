"""What can happen to a session, in any order: tabs, losses, a thief, operators, restarts, time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from application import UseCases
from application.steps.session_opener import OpenedSession
from domain.errors import Unavailable
from domain.events import RefreshTokenReused
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import DAY, HOUR, MINUTE, OPERATOR, SECOND
from tests.support.fakes.session_world import (
    CLIENT,
    POLICY,
    Restartable,
    SessionWorld,
    beyond_every_window,
)

LONGEST_REQUEST = 4
"""Seconds; what a client waits for an answer, well below half of every window."""

End = Callable[[UseCases, OpenedSession], Awaitable[object]]
ENDS: dict[str, End] = {
    "an operator ends it": lambda can, opened: can.operators.end_session(
        opened.session.id, by=OPERATOR
    ),
    "a presenter revokes it": lambda can, opened: can.presenters.revoke(opened.refresh_token),
    "the user is logged out": lambda can, _: can.operators.log_out_user("someone", by=OPERATOR),
    "a password is set": lambda can, _: can.operators.set_password(
        "someone", PASSWORD, by=OPERATOR
    ),
    "the user is disabled": lambda can, _: can.operators.disable_user("someone", by=OPERATOR),
    "the user is deleted": lambda can, _: can.operators.delete_user("someone", by=OPERATOR),
}

CLIENT_ENDS: dict[str, End] = {
    "the client is disabled": lambda can, _: can.operators.disable_client(CLIENT, by=OPERATOR),
    "the client is deleted": lambda can, _: can.operators.delete_client(CLIENT, by=OPERATOR),
}


class SessionModel(RuleBasedStateMachine):
    """One user, one device with several tabs on one store, and perhaps a thief.

    The limits within which honest clients are never logged out: a request takes at most 4 s; tabs
    store answers in the order in which the server gave them; at most three answers in a row are
    lost; idle and absolute lifetime are respected.
    """

    def __init__(self, storage: Restartable) -> None:
        super().__init__()
        self.world = SessionWorld(storage)
        self.restore: Callable[[], None] | None = None

    def teardown(self) -> None:
        self.world.close()

    @property
    def is_over(self) -> bool:
        return self.world.current.is_over

    # the device

    @precondition(lambda self: not self.is_over)
    @rule(arrivals=st.lists(st.integers(0, LONGEST_REQUEST), min_size=1, max_size=4))
    def tabs_refresh(self, arrivals: list[int]) -> None:
        """Every tab reads the store at the same moment; their requests arrive one by one."""
        read, start = self.world.current.stored, self.world.house.clock()
        for arrival in sorted(arrivals):
            self.world.set_clock(start + arrival * SECOND)
            if not self.is_over:
                self.world.store(self.world.refresh(read))

    @precondition(lambda self: not self.is_over and self._may_lose_an_answer())
    @rule()
    def an_answer_is_lost(self) -> None:
        self.world.refresh(self.world.current.stored)
        self.world.current.losses += 1

    @precondition(lambda self: not self.is_over)
    @rule()
    def as_many_answers_are_lost_as_may_be(self) -> None:
        """One after the other, so far apart that no window helps."""
        while self._may_lose_an_answer() and not self.is_over:
            self.world.set_clock(self.world.latest + beyond_every_window())
            self.an_answer_is_lost()
        self.time_passes(beyond_every_window())

    @precondition(lambda self: not self.is_over and self._may_lose_an_answer())
    @rule(data=st.data())
    def a_request_arrives_long_after_its_client_gave_up(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.world.current.past))
        try:
            self.world.refresh(token, waits=False)
            self.world.current.losses += 1
        except Unavailable:
            found = self.world.find()
            assert found is not None
            assert found.session.ended_at is None

    @precondition(lambda self: self.is_over)
    @rule(client_id=st.sampled_from([None, CLIENT]))
    def the_user_logs_in_again(self, client_id: str | None) -> None:
        self.restore = None
        self.world.add_or_enable_client()
        house = self.world.house
        if not self.world.run(house.can.operators.list_users()).items:
            self.world.run(house.add_user())
        self.world.run(house.can.operators.enable_user("someone", by=OPERATOR))
        self.world.log_in(client_id)

    # the thief

    @precondition(lambda self: not self.is_over and not self.world.current.was_stolen)
    @rule()
    def a_thief_copies_the_store(self) -> None:
        log_in = self.world.current
        log_in.stolen, log_in.was_stolen = log_in.stored, True

    @precondition(lambda self: not self.is_over and self.world.current.was_stolen)
    @rule()
    def the_thief_refreshes(self) -> None:
        log_in = self.world.current
        assert log_in.stolen is not None
        log_in.stolen = self.world.refresh(log_in.stolen) or log_in.stolen

    @precondition(lambda self: not self.is_over and self.world.current.was_stolen)
    @rule()
    def both_use_their_copies_beyond_the_windows(self) -> None:
        """The third use is detected, or the fourth where the database forgot a rotation.

        The successor that such a database computes for the thief can be the token that the owner
        has: their uses are then those of one client that lost an answer.
        """
        uses = [self.the_thief_refreshes, self._the_owner_refreshes, self.the_thief_refreshes]
        if self.world.current.server_forgot:
            uses.append(self._the_owner_refreshes)
        for refreshes in uses:
            self.world.set_clock(self.world.latest + beyond_every_window())
            if not self.is_over:
                refreshes()
        assert self.is_over, "owner and thief used their copies, and the session lives on"

    def _the_owner_refreshes(self) -> None:
        self.world.store(self.world.refresh(self.world.current.stored))

    # everybody else

    @rule(by=st.sampled_from([SECOND, 9 * SECOND, 11 * SECOND, MINUTE, HOUR, 5 * DAY]))
    def time_passes(self, by: timedelta) -> None:
        self.world.set_clock(self.world.house.clock() + by)

    @rule(by=st.sampled_from([SECOND, 10 * SECOND, HOUR]))
    def the_clock_steps_back(self, by: timedelta) -> None:
        self.world.set_clock(self.world.house.clock() - by)

    @rule()
    def the_server_restarts(self) -> None:
        self.world.restart()

    @precondition(lambda self: not self.is_over)
    @rule(end=st.sampled_from(sorted(ENDS)))
    def somebody_ends_the_session(self, end: str) -> None:
        self.world.run(ENDS[end](self.world.house.can, self.world.current.opened))
        self.world.current.is_over = True
        assert all(self.world.refuses(token) for token in self.world.current.handed_out)

    @precondition(lambda self: not self.is_over and self.world.current.is_clients)
    @rule(end=st.sampled_from(sorted(CLIENT_ENDS)))
    def somebody_ends_all_sessions_of_the_client(self, end: str) -> None:
        self.world.run(CLIENT_ENDS[end](self.world.house.can, self.world.current.opened))
        self.world.current.is_over = True
        assert all(self.world.refuses(token) for token in self.world.current.handed_out)

    @precondition(lambda self: not self.is_over)
    @rule(plan=st.sampled_from(["free", "pro"]))
    def a_back_end_changes_the_claims(self, plan: str) -> None:
        """Nobody is logged out, and every later JWT has them."""
        self.restore = None
        self.world.change_claims(f'{{"plan":"{plan}"}}')

    @precondition(lambda self: not self.is_over)
    @rule()
    def a_backup_is_made(self) -> None:
        self.restore = self.world.back_up()

    @precondition(lambda self: not self.is_over and self.restore is not None)
    @rule()
    def the_database_forgets_what_came_after_its_backup(self) -> None:
        if self.restore is not None:
            self.restore()

    # what must hold

    @invariant()
    def no_two_successors_are_alive(self) -> None:
        """Whatever was skipped or superseded is dead; a parent only leads to the one successor."""
        found = self.world.find()
        if self.is_over or found is None:
            return
        alive, session = self.world.alive(), found.session
        if self.world.current.server_forgot:
            alive = {generation for generation in alive if generation <= session.generation}
        assert alive <= {session.generation, session.parent}

    @invariant()
    def a_session_that_is_over_stays_over(self) -> None:
        for log_in in self.world.log_ins[:-1][-2:]:
            assert self.world.refuses(log_in.stored)

    @invariant()
    def every_theft_raises_one_alert_and_nothing_else_does(self) -> None:
        events = self.world.house.audit.events
        ended = [event.session for event in events if isinstance(event, RefreshTokenReused)]
        robbed = {it.opened.session.id for it in self.world.log_ins if it.was_stolen}
        assert len(ended) == len(set(ended))
        assert set(ended) <= robbed

    def _may_lose_an_answer(self) -> bool:
        return self.world.current.losses < POLICY.recoveries
