"""`remint sessions` over use cases in memory."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.causes import RefusalCause
from domain.decision_table import Refuse, Rule, decide
from domain.refresh_tokens import RefreshToken
from domain.sessions import AtLimit, Renewal, SessionLimit
from infrastructure.security.refresh_token_codec import MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets
from interfaces.cli import explaining
from tests.support.checks.situations import aimed_at
from tests.support.fakes.builders import (
    IDLE,
    MINUTE,
    NOON,
    SECOND,
    a_session,
    a_token,
    a_user,
)
from tests.support.fakes.command_over_fakes import CommandOverFakes
from tests.support.fakes.fakes import FakeCodec
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes, some_terms


@pytest.fixture
def alice(house: UseCasesOverFakes) -> None:
    user = a_user("alice")
    house.database.users[user.id] = user


pytestmark = pytest.mark.usefixtures("alice")


def test_opening_prints_nothing_but_the_refresh_token(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    result = remint("sessions", "open", "alice")
    assert result.exit_code == 0
    token = FakeCodec().read(result.output.removesuffix("\n"))
    assert token.session_id in house.database.sessions


def test_json_says_all_there_is_to_know_of_an_opened_session(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    result = remint("sessions", "open", "alice", "--renewal", "rotating", "--json")
    record = json.loads(result.output)
    [session] = house.database.sessions.values()
    assert record["id"] == str(session.id)
    assert record["renewal"] == "rotating"
    assert record["device"] == "remint sessions open"
    assert record["expiresAt"] == session.expires_at.isoformat()
    assert FakeCodec().read(record["refreshToken"]).session_id == session.id
    assert record["jwtToken"].startswith("jwt-")


@pytest.mark.proves("D1")
@pytest.mark.parametrize("renewal", list(Renewal))
def test_the_renewal_policy_may_be_chosen_at_opening(
    renewal: Renewal, remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    remint("sessions", "open", "alice", "--renewal", renewal.value)
    [session] = house.database.sessions.values()
    assert session.renewal is renewal


def test_no_session_opens_for_a_stranger(remint: CommandOverFakes) -> None:
    result = remint("sessions", "open", "bob")
    assert (result.exit_code, result.stderr) == (3, "Error: The user bob does not exist.\n")


@pytest.mark.proves("L13")
def test_the_limit_may_refuse_a_session(house: UseCasesOverFakes) -> None:
    limit = SessionLimit(1, AtLimit.REFUSE, IDLE)
    terms = some_terms(Renewal.REUSABLE, limit)
    remint = CommandOverFakes(UseCasesOverFakes(database=house.database, terms=terms))
    assert remint("sessions", "open", "alice").exit_code == 0
    assert remint("sessions", "open", "alice").exit_code == 4


def test_live_sessions_are_listed_of_one_user_or_of_all(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    bob = a_user("bob")
    house.database.users[bob.id] = bob
    for name in ("alice", "bob", "alice"):
        house.clock.advance(SECOND)
        remint("sessions", "open", name)
    everyone = remint("sessions", "list", "--json").output.splitlines()
    assert [json.loads(line)["id"] for line in everyone] == [
        str(session_id) for session_id in house.database.sessions
    ]
    assert len(remint("sessions", "list", "Alice", "--json").output.splitlines()) == 2
    assert remint("sessions", "list", "nobody").exit_code == 3


def test_a_list_longer_than_a_page_is_complete(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    [user] = house.database.users.values()
    for number in range(201):
        session = a_session(user, opened_at=NOON + number * SECOND)
        house.database.sessions[session.id] = session
    lines = remint("sessions", "list", "--json").output.splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == 201


def test_what_a_stranger_calls_a_device_cannot_command_the_terminal(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    [user] = house.database.users.values()
    session = a_session(user)
    hostile = replace(session.origin, device="\x1b]0;owned\x07\x9b2J\u202egnp")
    house.database.sessions[session.id] = replace(session, origin=hostile)
    shown = remint("sessions", "list").output
    assert "?]0;owned??2J?gnp" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_a_device_is_listed_in_words_for_people_and_unchanged_for_programs(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    [user] = house.database.users.values()
    session = a_session(user)
    browser = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
    seen = replace(session.origin, device=browser)
    house.database.sessions[session.id] = replace(session, origin=seen)
    assert "  Firefox on Linux  " in remint("sessions", "list").output
    assert json.loads(remint("sessions", "list", "--json").output)["device"] == browser


@pytest.mark.proves("L11")
def test_an_ended_session_is_listed_no_more(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    remint("sessions", "open", "alice")
    [session_id] = house.database.sessions
    assert remint("sessions", "end", str(session_id)).output == "Ended.\n"
    assert remint("sessions", "list").stdout == ""
    assert house.audit.names == ["sessionOpened", "sessionEnded"]


def test_ending_what_is_no_session_says_so(remint: CommandOverFakes) -> None:
    assert remint("sessions", "end", "00000000-0000-4000-8000-000000000000").exit_code == 3
    assert remint("sessions", "end", "nonsense").exit_code == 2


def test_an_explanation_names_the_rule_and_changes_nothing(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    refresh_token = remint("sessions", "open", "alice", "--renewal", "rotating").output
    before = house.database.snapshot()
    shown = remint("sessions", "explain", typed=refresh_token).output
    assert shown.startswith("Rule rotation: continues with a new token. The token is current")
    assert house.database.snapshot() == before
    assert refresh_token.strip() not in shown


def test_an_explanation_for_programs_has_the_particulars(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    [user] = house.database.users.values()
    session = a_session(user, generation=5, parent=4, rotated_at=NOON - MINUTE)
    house.database.sessions[session.id] = session
    token = FakeCodec().write(a_token(session, generation=2))
    record = json.loads(remint("sessions", "explain", "--json", typed=token).output)
    assert record | {"why": ""} == {
        "rule": "reuse",
        "outcome": "refused",
        "cause": "refreshTokenReused",
        "endsSession": True,
        "session": str(session.id),
        "generation": 2,
        "storedGeneration": 5,
        "at": NOON.isoformat(),
        "why": "",
    }
    assert house.database.sessions[session.id] == session


def test_a_refusal_is_explained_by_its_cause(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    token = remint("sessions", "open", "alice").output
    remint("users", "disable", "alice")
    disabled = "The user is disabled, or was after the session was opened."
    assert disabled in remint("sessions", "explain", typed=token).output
    remint("users", "enable", "alice")
    assert disabled in remint("sessions", "explain", typed=token).output
    remint("users", "delete", "alice")
    assert "does not exist any more" in remint("sessions", "explain", typed=token).output


@pytest.mark.parametrize("rule", Rule)
@given(st.data())
def test_every_rule_has_its_words(rule: Rule, data: st.DataObject) -> None:
    situation = data.draw(aimed_at(rule))
    decision = decide(situation.found, situation.token, situation.now, situation.policy)
    assert explaining.why(decision).endswith(".")


@pytest.mark.parametrize("cause", RefusalCause)
def test_every_cause_has_its_words(cause: RefusalCause) -> None:
    assert explaining.why(Refuse(Rule.ENDED, cause)).endswith(".")


PRESENT = b"the present server secret, 1234567890"
REMOVED = b"the removed server secret, 1234567890"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rmt1_CANARY", "The refresh token is malformed"),
        ("{present}CANARY", "The refresh token is malformed"),
        ("eyJhbGciOiJFUzI1NiJ9.CANARY.CANARY", "The refresh token is malformed"),
        ("", "The refresh token is malformed"),
        ("{damaged}", "is damaged, forged or from another installation: its MAC is not the one"),
        ("\ufeff{removed}\r\n\r\n", "was made under a server secret that is not in the list"),
        ("{removed}", "was made under a server secret that is not in the list"),
    ],
)
def test_a_token_that_is_not_authentic_is_told_its_flaw(text: str, sentence: str) -> None:
    token = RefreshToken(uuid4(), 7, bytes(32))
    codec = MacRefreshTokenCodec(ServerSecrets([PRESENT]))
    present = codec.write(token)
    removed = MacRefreshTokenCodec(ServerSecrets([REMOVED])).write(token)
    damaged = present[:-1] + ("A" if present[-1] != "A" else "B")
    typed = text.format(present=present, removed=removed, damaged=damaged)
    remint = CommandOverFakes(UseCasesOverFakes(refresh_tokens=codec))
    result = remint("sessions", "explain", typed=typed)
    assert result.exit_code == 3
    assert sentence in result.stderr
    assert "CANARY" not in result.output
    assert not typed or typed not in result.output


@pytest.mark.proves("S4")
def test_a_refresh_token_is_never_an_argument(remint: CommandOverFakes) -> None:
    assert remint("sessions", "explain", "rmt1_CANARY").exit_code == 2


@pytest.mark.proves("L14")
def test_purging_says_how_many_are_gone(remint: CommandOverFakes, house: UseCasesOverFakes) -> None:
    remint("sessions", "open", "alice")
    [session] = house.database.sessions.values()
    assert remint("sessions", "purge", "--json").output == '{"purged": 0}\n'
    house.clock.now = session.expires_at + 8 * 24 * 60 * MINUTE
    assert remint("sessions", "purge").output == "Purged sessions: 1.\n"
    assert house.database.sessions == {}
