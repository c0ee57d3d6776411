"""`remint issuers`, and the keys of clients."""

import json
from pathlib import Path

import pytest

from tests.support.fakes.command_over_fakes import CommandOverFakes
from tests.support.fakes.other_parties import Party
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

GOOGLE = "https://accounts.google.com"
URL = "https://www.googleapis.com/oauth2/v3/certs"


@pytest.fixture
def jwks(tmp_path: Path) -> str:
    file = tmp_path / "jwks.json"
    file.write_text(Party().jwks())
    return str(file)


def test_an_issuer_is_trusted_listed_and_deleted(remint: CommandOverFakes, jwks: str) -> None:
    done = remint(
        *("issuers", "add", GOOGLE, "--jwks", URL, "--audience", "shop", "--audience", "x"),
        *("--subject-prefix", "google:", "--max-age", "10m", "--claim", "email"),
        *("--claim", "org=https://example.com/org"),
    )
    assert (done.stdout, done.stderr, done.exit_code) == (
        f"The issuer {GOOGLE} is trusted.\n",
        "",
        0,
    )
    remint("issuers", "add", "own", "--jwks", jwks, "--audience", "remint")
    [google, own] = [
        json.loads(line) for line in remint("issuers", "list", "--json").stdout.splitlines()
    ]
    google.pop("createdAt")
    assert google == {
        "issuer": GOOGLE,
        "jwksUrl": URL,
        "reach": "public",
        "audiences": ["shop", "x"],
        "subjectPrefix": "google:",
        "clientId": None,
        "maxAge": 600,
        "claims": {"email": "email", "org": "https://example.com/org"},
    }
    assert (own["issuer"], own["jwksUrl"]) == ("own", None)
    listed = remint("issuers", "list").stdout
    assert "google:" in listed
    assert remint("issuers", "delete", GOOGLE).stdout == "Deleted.\n"
    assert GOOGLE not in remint("issuers", "list").stdout
    again = remint("issuers", "delete", GOOGLE)
    assert (again.stderr, again.exit_code) == (f"Error: The issuer {GOOGLE} is not trusted.\n", 3)


def test_a_new_issuer_gets_its_record_as_json(remint: CommandOverFakes, jwks: str) -> None:
    done = remint("issuers", "add", "own", "--jwks", jwks, "--audience", "remint", "--json")
    assert json.loads(done.stdout)["issuer"] == "own"
    done = remint("issuers", "delete", "own", "--json")
    assert json.loads(done.stdout) == {"issuer": "own", "deleted": True}


def test_without_a_prefix_the_operator_is_told_what_it_means(
    remint: CommandOverFakes, jwks: str
) -> None:
    done = remint("issuers", "add", "own", "--jwks", jwks, "--audience", "remint")
    assert done.exit_code == 0
    assert "for every user" in done.stderr


def test_an_issuer_is_replaced_only_on_purpose(remint: CommandOverFakes, jwks: str) -> None:
    words = ("issuers", "add", "own", "--jwks", jwks, "--audience")
    assert remint(*words, "one").exit_code == 0
    refused = remint(*words, "two")
    assert refused.exit_code == 4
    assert "--replace" in refused.stderr
    assert remint(*words, "two", "--replace").exit_code == 0
    [own] = remint("issuers", "list", "--json").stdout.splitlines()
    assert json.loads(own)["audiences"] == ["two"]


def test_a_key_set_on_a_private_network_is_marked(remint: CommandOverFakes) -> None:
    words = ("--jwks", "https://keycloak.internal/certs", "--private", "--audience", "shop")
    assert json.loads(remint("issuers", "add", "k", *words, "--json").stdout)["reach"] == "private"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("own", "--jwks", URL), "--audience"),
        (("own", "--audience", "shop"), "--jwks"),
        (("own", "--jwks", "no-such-file", "--audience", "shop"), "cannot be read"),
        (("own", "--jwks", "http://id.example/", "--audience", "shop"), "https"),
        (("a b", "--jwks", URL, "--audience", "shop"), "An issuer has"),
        (("own", "--jwks", URL, "--audience", "a b"), "An audience has"),
        (("own", "--jwks", URL, "--audience", "s", "--claim", "sub"), "A claim to take over"),
        (("own", "--jwks", URL, "--audience", "s", "--claim", "=x"), "A claim to take over"),
        (("own", "--jwks", URL, "--audience", "s", "--subject-prefix", "a/"), "A subject prefix"),
        (("own", "--jwks", URL, "--audience", "s", "--max-age", "soon"), "not a duration"),
        (("own", "--jwks", URL, "--audience", "s", "--max-age", "0s"), "A greatest age"),
    ],
)
def test_what_no_issuer_can_have_is_a_usage_error(
    remint: CommandOverFakes, words: tuple[str, ...], says: str
) -> None:
    refused = remint("issuers", "add", *words)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert remint("issuers", "list").stdout == ""


def test_an_issuer_is_not_bound_to_a_client_that_does_not_exist(remint: CommandOverFakes) -> None:
    refused = remint(
        *("issuers", "add", "own", "--jwks", URL, "--audience", "shop", "--client", "nobody")
    )
    assert (refused.exit_code, refused.stderr) == (3, "Error: The client nobody does not exist.\n")


def test_a_client_with_keys_gets_no_secret(
    remint: CommandOverFakes, house: UseCasesOverFakes, jwks: str
) -> None:
    done = remint("clients", "add", "shop", "--jwks", jwks)
    assert (done.stdout, done.exit_code) == ("Added the client shop.\n", 0)
    assert house.database.clients["shop"].jwks == Path(jwks).read_text()
    [record] = remint("clients", "list", "--json").stdout.splitlines()
    assert (json.loads(record)["keys"], json.loads(record)["secrets"]) == (True, 0)


def test_the_keys_of_a_client_are_changed(
    remint: CommandOverFakes, house: UseCasesOverFakes, jwks: str, tmp_path: Path
) -> None:
    remint("clients", "add", "shop", "--jwks", jwks)
    other = tmp_path / "other.json"
    other.write_text(Party(kid="2").jwks())
    assert remint("clients", "set-keys", "shop", "--jwks", str(other)).exit_code == 0
    assert house.database.clients["shop"].jwks == other.read_text()
    refused = remint("clients", "set-keys", "shop", "--none")
    assert refused.exit_code == 4
    assert "Add one before" in refused.stderr
    remint("clients", "new-secret", "shop")
    assert remint("clients", "set-keys", "shop", "--none").exit_code == 0
    assert house.database.clients["shop"].jwks is None


@pytest.mark.parametrize(
    "words",
    [
        ("add", "shop", "--public", "--jwks", "FILE"),
        ("add", "shop", "--jwks", "no-such-file"),
        ("add", "shop", "--jwks", "."),
        ("set-keys", "app"),
        ("set-keys", "app", "--none", "--jwks", "FILE"),
    ],
)
def test_keys_that_cannot_be_set_are_a_usage_error(
    remint: CommandOverFakes, house: UseCasesOverFakes, jwks: str, words: tuple[str, ...]
) -> None:
    before = dict(house.database.clients)
    refused = remint("clients", *(jwks if word == "FILE" else word for word in words))
    assert refused.exit_code == 2
    assert house.database.clients == before


def test_a_file_that_is_no_text_is_a_usage_error(remint: CommandOverFakes, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(b"\xff\xfe")
    refused = remint("clients", "add", "shop", "--jwks", str(file))
    assert refused.exit_code == 2
    assert "UTF-8" in refused.stderr
