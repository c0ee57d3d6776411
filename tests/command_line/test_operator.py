"""Which operator the audit trail names when `remint` is run at a shell."""

import getpass
import os
import pwd

import pytest

from domain.actors import Actor
from interfaces.cli.operator import operator
from tests.support.fakes.builders import a_signing_key, a_user
from tests.support.fakes.command_over_fakes import CommandOverFakes
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

ROOT, ADA = 0, 4711


def run_as(user_id: int, monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    monkeypatch.setattr(os, "getuid", lambda: user_id)
    monkeypatch.delenv("SUDO_USER", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_the_operator_is_the_user_of_the_operating_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert operator() == Actor.operator(pwd.getpwuid(os.getuid()).pw_name)
    run_as(ROOT, monkeypatch)
    assert operator() == Actor.operator("root")


def test_under_sudo_the_operator_is_the_user_that_called_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_as(ROOT, monkeypatch, SUDO_USER="ada")
    assert operator() == Actor.operator("ada")


def test_a_variable_that_anybody_can_set_names_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_as(ADA, monkeypatch, SUDO_USER="root", USER="root", LOGNAME="root")
    assert getpass.getuser() == "root"
    assert operator() == Actor.operator(str(ADA)), "no such user: the id stands for the name"


@pytest.mark.parametrize(
    "words",
    [
        ("users", "add", "bob", "--password-stdin"),
        ("users", "set-password", "alice", "--password-stdin"),
        ("users", "disable", "alice"),
        ("users", "enable", "alice"),
        ("users", "delete", "alice"),
        ("users", "log-out", "alice"),
        ("sessions", "open", "alice"),
        ("sessions", "end", "SESSION"),
        ("keys", "rotate"),
        ("keys", "remove", "key-1"),
    ],
    ids=" ".join,
)
def test_every_act_of_an_operator_names_the_operator(
    words: tuple[str, ...],
    remint: CommandOverFakes,
    house: UseCasesOverFakes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice = a_user("alice")
    house.database.users[alice.id] = alice
    house.database.signing_keys[1] = a_signing_key(1)
    remint("sessions", "open", "alice")
    [session_id] = house.database.sessions
    house.audit.events.clear()
    run_as(ROOT, monkeypatch, SUDO_USER="ada")
    done = remint(
        *(str(session_id) if word == "SESSION" else word for word in words), typed="x" * 9
    )
    assert done.exit_code == 0
    assert house.audit.events
    assert {event.actor for event in house.audit.events} == {Actor.operator("ada")}
