"""`remint clients` over use cases in memory."""

import json
from datetime import timedelta

import pytest

from domain.clients import Client, ClientTerms, Permission
from domain.sessions import Renewal
from tests.support.fakes.builders import DAY, HOUR, MINUTE, NOON, a_client, a_user
from tests.support.fakes.command_over_fakes import CommandOverFakes
from tests.support.fakes.use_cases_over_fakes import BUILT_IN, UseCasesOverFakes

SECRET = "rms1_first"
EVERY_TERM = (
    *("--may", "open-sessions", "--may", "manage-users"),
    *("--audience", "orders", "--audience", "invoices", "--scope", "read", "--scope", "write"),
    *("--renewal", "rotating", "--lifetime", "30d", "--idle", "1h30m", "--session-limit", "5"),
)
TERMS = ClientTerms(
    may=(Permission.OPEN_SESSIONS, Permission.MANAGE_USERS),
    audiences=("orders", "invoices"),
    scopes=("read", "write"),
    renewal=Renewal.ROTATING,
    lifetime=30 * DAY,
    idle=HOUR + 30 * MINUTE,
    session_limit=5,
)


@pytest.fixture
def shop(house: UseCasesOverFakes) -> Client:
    client = a_client("shop", SECRET, terms=TERMS)
    house.database.clients["shop"] = client
    return client


@pytest.mark.proves("S4")
def test_adding_prints_nothing_but_the_secret(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    result = remint("clients", "add", "shop", *EVERY_TERM)
    assert result.exit_code == 0
    client = house.database.clients["shop"]
    assert client.is_proved_by(result.stdout.removesuffix("\n"))
    assert result.stdout.startswith("rms1_")
    assert "not shown again" in result.stderr
    assert client.terms == TERMS


def test_json_tells_programs_the_id_and_the_secret(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    for words in (("add", "shop"), ("new-secret", "shop")):
        record = json.loads(remint("clients", *words, "--json").output)
        assert set(record) == {"clientId", "clientSecret"}
        assert record["clientId"] == "shop"
        assert house.database.clients["shop"].is_proved_by(record["clientSecret"])


def test_a_public_client_has_no_secret_to_print(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    result = remint("clients", "add", "app", "--public")
    assert (result.stdout, result.exit_code) == ("Added the public client app.\n", 0)
    record = json.loads(remint("clients", "add", "spa", "--public", "--json").output)
    assert (record["clientId"], record["public"], record["secrets"]) == ("spa", True, 0)
    assert house.database.clients["app"].terms == ClientTerms()


@pytest.mark.usefixtures("shop")
def test_a_client_is_shown_with_its_terms(remint: CommandOverFakes) -> None:
    assert json.loads(remint("clients", "show", "shop", "--json").output) == {
        "clientId": "shop",
        "public": False,
        "secrets": 1,
        "keys": False,
        "may": ["open-sessions", "manage-users"],
        "audiences": ["orders", "invoices"],
        "scopes": ["read", "write"],
        "renewal": "rotating",
        "lifetime": 30 * 86400,
        "idle": 5400,
        "sessionLimit": 5,
        "createdAt": NOON.isoformat(),
        "disabledAt": None,
    }
    shown = remint("clients", "show", "shop").output
    assert "idle          1h30m\n" in shown
    assert "audiences     orders, invoices\n" in shown


@pytest.mark.usefixtures("shop")
def test_clients_are_listed(remint: CommandOverFakes) -> None:
    remint("clients", "add", "app", "--public")
    heading, *lines = remint("clients", "list").output.splitlines()
    assert heading.split("  ")[:2] == ["CLIENT ID", "PUBLIC"]
    assert [line.split()[:3] for line in lines] == [["app", "yes", "0"], ["shop", "no", "1"]]
    records = [json.loads(line) for line in remint("clients", "list", "--json").output.splitlines()]
    assert [record["scopes"] for record in records] == [[], ["read", "write"]]


def test_an_empty_list_says_so(remint: CommandOverFakes) -> None:
    result = remint("clients", "list")
    assert (result.stdout, result.stderr) == ("", "No clients.\n")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (("--lifetime", "90"), {"lifetime": timedelta(seconds=90)}),
        (("--scope", "admin"), {"scopes": ("admin",)}),
        (("--may", "introspect"), {"may": (Permission.INTROSPECT,)}),
        (("--no-may", "--no-scope"), {"may": (), "scopes": ()}),
        (
            ("--no-audience", "--renewal", "reusable"),
            {"audiences": (), "renewal": Renewal.REUSABLE},
        ),
        (("--renewal", "default", "--lifetime", "default"), {"renewal": None, "lifetime": None}),
        (
            ("--idle", "default", "--session-limit", "default"),
            {"idle": None, "session_limit": None},
        ),
        (("--session-limit", "7"), {"session_limit": 7}),
    ],
)
def test_what_is_set_is_changed_and_the_rest_stays(
    words: tuple[str, ...],
    changed: dict[str, object],
    remint: CommandOverFakes,
    house: UseCasesOverFakes,
) -> None:
    assert remint("clients", "set", "shop", *words).exit_code == 0
    terms = house.database.clients["shop"].terms
    before = {name: getattr(TERMS, name) for name in TERMS.__slots__}
    assert {name: getattr(terms, name) for name in terms.__slots__} == before | changed


@pytest.mark.usefixtures("shop")
def test_one_of_two_secrets_is_dropped(remint: CommandOverFakes, house: UseCasesOverFakes) -> None:
    second = remint("clients", "new-secret", "shop").stdout.strip()
    record = json.loads(remint("clients", "show", "shop", "--json").output)
    assert record["secrets"] == 2
    result = remint("clients", "drop-secret", "shop", "--newer")
    assert result.output == "The newer secret is dropped.\n"
    assert house.database.clients["shop"].is_proved_by(SECRET)
    third = remint("clients", "new-secret", "shop").stdout.strip()
    assert remint("clients", "drop-secret", "shop").output == "The older secret is dropped.\n"
    client = house.database.clients["shop"]
    assert [client.is_proved_by(secret) for secret in (SECRET, second, third)] == [
        *(False, False, True)
    ]


@pytest.mark.usefixtures("shop")
def test_a_client_is_disabled_enabled_and_deleted(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    for words, sentence in (
        (("disable", "shop"), "Disabled. All sessions are ended.\n"),
        (("enable", "shop"), "Enabled.\n"),
        (("delete", "shop"), "Deleted. All sessions are ended.\n"),
    ):
        assert remint("clients", *words).output == sentence
    assert not house.database.clients


@pytest.mark.usefixtures("shop")
def test_every_command_answers_programs(remint: CommandOverFakes) -> None:
    def answer(*words: str) -> object:
        return json.loads(remint("clients", *words, "--json").output)

    remint("clients", "new-secret", "shop")
    for words, expected in (
        (("set", "shop", "--no-may"), {"may": []}),
        (("drop-secret", "shop"), {"secrets": 1}),
        (("disable", "shop"), {"disabledAt": NOON.isoformat()}),
        (("enable", "shop"), {"disabledAt": None}),
    ):
        record = answer(*words)
        assert isinstance(record, dict)
        assert record["clientId"] == "shop"
        assert expected.items() <= record.items()
    assert answer("delete", "shop") == {"clientId": "shop", "deleted": True}


def test_nothing_but_adding_and_new_secret_prints_a_secret(remint: CommandOverFakes) -> None:
    secrets = [
        remint("clients", "add", "shop").stdout,
        remint("clients", "new-secret", "shop").stdout,
    ]
    for words in (
        *(("list",), ("show", "shop"), ("set", "shop", "--scope", "a"), ("drop-secret", "shop")),
        *(("disable", "shop"), ("enable", "shop"), ("delete", "shop")),
    ):
        for form in ((), ("--json",)):
            output = remint("clients", *words, *form).output
            assert "rms1_" not in output
            assert not any(secret.strip() in output for secret in secrets)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("add", "shop"), 4, "The client shop exists already."),
        (("add", BUILT_IN), 4, "The client remint is built in: tokens.client_id names it"),
        (("add", "Shop"), 2, "A client id has 1 to 64 characters"),
        (("add", "app", "--public", "--may", "introspect"), 2, "A public client cannot prove"),
        (("add", "app", "--audience", "a b"), 2, "An audience has 1 to 128"),
        (("add", "app", "--scope", "a", "--scope", "a"), 2, "Each scope is given once."),
        (("add", "app", "--idle", "1m"), 2, "at least twice as long as a JWT is valid"),
        (("add", "app", "--lifetime", "500ms"), 2, "in whole seconds"),
        (("add", "app", "--lifetime", "soon"), 2, "'soon' is not a duration such as 90, 10m"),
        (("add", "app", "--session-limit", "0"), 2, "not in the range"),
        (("add", "app", "--may", "everything"), 2, "'everything' is not one of"),
        (("set", "shop"), 2, "Nothing to set."),
        (("set", "shop", "--may", "introspect", "--no-may"), 2, "exclude each other"),
        (("set", "bob", "--no-may"), 3, "The client bob does not exist."),
        (("drop-secret", "shop"), 4, "The client has only one secret."),
        (("show", "bob"), 3, "The client bob does not exist."),
        (("new-secret", "bob"), 3, "The client bob does not exist."),
        (("drop-secret", "bob"), 3, "The client bob does not exist."),
        (("disable", "bob"), 3, "The client bob does not exist."),
        (("enable", "bob"), 3, "The client bob does not exist."),
        (("delete", "bob"), 3, "The client bob does not exist."),
    ],
)
def test_a_failure_is_a_sentence_and_an_exit_code(
    words: tuple[str, ...], code: int, sentence: str, remint: CommandOverFakes
) -> None:
    result = remint("clients", *words)
    assert result.exit_code == code
    assert sentence in result.stderr
    assert result.stdout == ""


def test_a_session_is_opened_for_a_client_and_listed_with_it(
    remint: CommandOverFakes, house: UseCasesOverFakes, shop: Client
) -> None:
    user = a_user("alice")
    house.database.users[user.id] = user
    opened = json.loads(remint("sessions", "open", "alice", "--client", "shop", "--json").output)
    assert opened["client"] == "shop"
    assert opened["renewal"] == "rotating"
    [session] = house.database.sessions.values()
    assert (session.client_id, session.client_epoch) == ("shop", shop.epoch)
    remint("sessions", "open", "alice", "--client", BUILT_IN)
    listed = remint("sessions", "list", "--json").output.splitlines()
    assert {json.loads(line)["client"] for line in listed} == {"shop", None}
    assert " CLIENT " in remint("sessions", "list").output
    result = remint("sessions", "open", "alice", "--client", "bob")
    assert (result.exit_code, result.stderr) == (3, "Error: The client bob does not exist.\n")
    remint("clients", "disable", "shop")
    result = remint("sessions", "open", "alice", "--client", "shop")
    assert (result.exit_code, result.stderr) == (4, "Error: The client shop is disabled.\n")
