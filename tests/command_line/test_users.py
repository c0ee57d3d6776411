"""`remint users` over use cases in memory."""

import json

import pytest

from tests.support.fakes.builders import NOON, a_user
from tests.support.fakes.command_over_fakes import CommandOverFakes
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

PASSWORD = "correct horse"


def names_in(house: UseCasesOverFakes) -> list[str]:
    return sorted(user.name or "" for user in house.database.users.values())


def test_a_user_is_added_with_roles_and_a_piped_password(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    words = ("users", "add", "Alice", "--role", "admin", "--role", "staff", "--password-stdin")
    result = remint(*words, typed=PASSWORD + "\n")
    assert result.exit_code == 0
    [user] = house.database.users.values()
    assert result.output == f"Added alice with subject {user.id}.\n"
    assert (user.name, user.roles) == ("alice", ("admin", "staff"))


@pytest.mark.proves("G5")
def test_the_password_is_taken_as_it_comes_but_for_the_end_of_the_line(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    """Nothing is cut off or changed."""
    remint("users", "add", "alice", "--password-stdin", typed="  ümläut in the middle \n")
    [user] = house.database.users.values()
    remint("users", "add", "bob", "--password-stdin", typed="  ümläut in the middle ")
    hashes = {user.password_hash for user in house.database.users.values()}
    assert hashes == {user.password_hash}


@pytest.mark.parametrize("typed", [b"\xef\xbb\xbfcorrect horse", b"correct horse\r\n"])
def test_a_password_from_another_system_is_the_password_that_was_typed(
    typed: bytes, remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    """A byte order mark and CRLF come from the pipe, not from the person."""
    remint("users", "add", "alice", "--password-stdin", typed=typed)
    remint("users", "add", "bob", "--password-stdin", typed=PASSWORD)
    assert len({user.password_hash for user in house.database.users.values()}) == 1


def test_json_tells_programs_what_was_added(remint: CommandOverFakes) -> None:
    words = ("users", "add", "alice", "--role", "admin", "--password-stdin", "--json")
    record = json.loads(remint(*words, typed=PASSWORD).output)
    assert record["name"] == "alice"
    assert record["roles"] == ["admin"]
    assert record["createdAt"] == NOON.isoformat()
    assert record["disabledAt"] is None
    assert set(record) == {"name", "subject", "roles", "createdAt", "disabledAt", "claims"}


@pytest.mark.proves("S4")
@pytest.mark.parametrize("command", ["add", "set-password"])
def test_a_password_is_never_an_argument(command: str, remint: CommandOverFakes) -> None:
    for words in (("--password", PASSWORD), (f"--password={PASSWORD}",), (PASSWORD,)):
        result = remint("users", command, "alice", *words)
        assert result.exit_code == 2
        assert "Usage:" in result.output


def test_without_a_terminal_the_password_must_be_piped_in(remint: CommandOverFakes) -> None:
    result = remint("users", "add", "alice", typed=PASSWORD)
    assert result.exit_code == 2
    assert "Use --password-stdin" in result.output


@pytest.mark.parametrize(
    ("words", "typed", "code", "sentence"),
    [
        (("add", "alice", "--password-stdin"), PASSWORD, 4, "The user alice exists already."),
        (("add", "bob", "--password-stdin"), "short", 2, "A password has 8 to 1024 characters"),
        (("add", "bob", "--password-stdin"), b"\xff" * 9, 2, "Standard input is not UTF-8"),
        (("add", "bob", "--password-stdin"), b"12345\x006789", 2, "contains a NUL character"),
        (("add", "bob", "--password-stdin"), PASSWORD.encode("utf-16"), 2, "is UTF-16"),
        (("add", "bob", "--password-stdin"), "password\npassword\n", 2, "more than one line"),
        (("add", "bob", "--password-stdin"), "pass\x1bword", 2, "is a control character"),
        (("add", " ", "--password-stdin"), PASSWORD, 2, "A username has 1 to 254 characters"),
        (("set-password", "bob", "--password-stdin"), PASSWORD, 3, "The user bob does not exist."),
        (("disable", "bob"), "", 3, "The user bob does not exist."),
        (("enable", "bob"), "", 3, "The user bob does not exist."),
        (("delete", "bob"), "", 3, "The user bob does not exist."),
        (("log-out", "bob"), "", 3, "The user bob does not exist."),
    ],
)
def test_a_failure_is_a_sentence_and_an_exit_code(
    words: tuple[str, ...],
    typed: str | bytes,
    code: int,
    sentence: str,
    remint: CommandOverFakes,
    house: UseCasesOverFakes,
) -> None:
    alice = a_user("alice")
    house.database.users[alice.id] = alice
    result = remint("users", *words, typed=typed)
    assert result.exit_code == code
    assert sentence in result.stderr
    assert result.stdout == ""


def test_a_database_that_is_down_has_an_exit_code_of_its_own(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    house.database.is_down = True
    result = remint("users", "list")
    assert result.exit_code == 5
    assert "Try again. (databaseUnavailable)" in result.stderr


def test_users_are_listed_however_many_they_are(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    for number in range(250):
        user = a_user(f"user{number:03}")
        house.database.users[user.id] = user
    lines = remint("users", "list", "--json").output.splitlines()
    assert sorted(json.loads(line)["name"] for line in lines) == names_in(house)
    people = remint("users", "list").output.splitlines()
    assert people[0].split() == ["NAME", "SUBJECT", "ROLES", "CREATED", "AT", "DISABLED", "AT"]
    assert len(people) == 251


def test_an_empty_list_says_so_to_people_and_prints_nothing(remint: CommandOverFakes) -> None:
    for group, sentence in (
        ("users", "No users.\n"),
        ("sessions", "No live sessions.\n"),
        ("keys", "No signing keys.\n"),
    ):
        shown = remint(group, "list")
        assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "", sentence)
        assert remint(group, "list", "--json").output == ""


@pytest.mark.parametrize("command", ["disable", "enable", "delete", "log-out"])
def test_a_name_that_begins_with_a_hyphen_is_told_how_to_be_written(
    command: str, remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    user = a_user("-bob")
    house.database.users[user.id] = user
    refused = remint("users", command, "-bob")
    assert refused.exit_code == 2
    assert "If it is the NAME, write -- before it." in refused.stderr
    assert remint("users", command, "--", "-bob").exit_code == 0


def test_disabling_and_enabling_change_what_the_list_says(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    remint("users", "add", "alice", "--password-stdin", typed=PASSWORD)
    assert remint("users", "disable", "ALICE").output == "Disabled. All sessions are ended.\n"
    assert json.loads(remint("users", "list", "--json").output)["disabledAt"] == NOON.isoformat()
    assert remint("users", "enable", "alice").exit_code == 0
    assert json.loads(remint("users", "list", "--json").output)["disabledAt"] is None


@pytest.mark.proves("L10")
@pytest.mark.parametrize("command", ["disable", "log-out"])
def test_every_session_ends_with_its_user_shut_or_logged_out(
    command: str, remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    remint("users", "add", "alice", "--password-stdin", typed=PASSWORD)
    remint("sessions", "open", "alice")
    assert remint("users", command, "alice").exit_code == 0
    assert remint("sessions", "list").stdout == ""


@pytest.mark.proves("L10")
def test_setting_a_password_ends_every_session(remint: CommandOverFakes) -> None:
    remint("users", "add", "alice", "--password-stdin", typed=PASSWORD)
    remint("sessions", "open", "alice")
    words = ("users", "set-password", "alice", "--password-stdin")
    assert remint(*words, typed="another password").exit_code == 0
    assert remint("sessions", "list").stdout == ""


@pytest.mark.proves("J11")
def test_a_deleted_user_is_gone_and_the_name_is_free(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    add = ("users", "add", "alice", "--password-stdin", "--json")
    before = json.loads(remint(*add, typed=PASSWORD).output)
    assert remint("users", "delete", "alice").output == "Deleted.\n"
    after = json.loads(remint(*add, typed=PASSWORD).output)
    assert before["subject"] != after["subject"]


def test_claims_and_a_subject_are_set_and_shown(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    added = remint(
        *("users", "add", "alice", "--subject", "4711", "--claim", "plan=pro", "--json"),
        "--password-stdin",
        typed=PASSWORD,
    )
    shown = json.loads(added.output.splitlines()[-1])
    assert (shown["subject"], shown["claims"]) == ("4711", {"plan": "pro"})
    changed = remint(
        *("users", "set", "4711", "--claim", "n=[1,2]", "--claim", "text=a=b", "--role", "gold"),
        *("--name", "Bob", "--json"),
    )
    shown = json.loads(changed.output)
    assert (shown["name"], shown["roles"]) == ("bob", ["gold"])
    assert shown["claims"] == {"n": [1, 2], "text": "a=b"}
    for key in ("bob", "4711"):
        assert remint("users", "set", key).exit_code == 0
    cleared = remint("users", "set", "bob", "--no-claims", "--no-roles", "--no-name", "--json")
    shown = json.loads(cleared.output)
    assert (shown["name"], shown["roles"], shown["claims"]) == (None, [], {})
    assert house.audit.names == ["userAdded", "userSet", "userSet"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--claim", "plan"], "NAME=VALUE"),
        (["--claim", "a=1", "--claim", "a=2"], "once"),
        (["--claim", "sub=1"], "registered"),
        (["--role", "a", "--no-roles"], "contradict"),
        (["--name", "a", "--no-name"], "contradict"),
        (["--claim", "a=1", "--no-claims"], "contradict"),
    ],
    ids=str,
)
def test_a_wrong_option_is_explained_and_changes_nothing(
    remint: CommandOverFakes, house: UseCasesOverFakes, options: list[str], says: str
) -> None:
    user = a_user("alice")
    house.database.users[user.id] = user
    result = remint("users", "set", "alice", *options)
    assert result.exit_code == 2
    assert says in result.output
    assert house.database.users[user.id] == user
