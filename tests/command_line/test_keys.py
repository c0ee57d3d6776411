"""`remint keys` over use cases in memory."""

import json
from dataclasses import replace

import pytest

from tests.support.fakes.builders import NOON, a_signing_key
from tests.support.fakes.command_over_fakes import CommandOverFakes
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes


def test_keys_are_listed_with_the_one_that_signs(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    house.database.signing_keys = {1: a_signing_key(1), 2: a_signing_key(2)}
    lines = remint("keys", "list", "--json").output.splitlines()
    assert [(json.loads(line)["id"], json.loads(line)["signs"]) for line in lines] == [
        ("key-1", False),
        ("key-2", True),
    ]
    shown = remint("keys", "list").output
    assert "SIGNS FROM" in shown
    assert "encrypted" not in shown


@pytest.mark.proves("K3")
def test_rotating_publishes_a_key_that_signs_later(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    house.database.signing_keys = {1: a_signing_key(1)}
    record = json.loads(remint("keys", "rotate", "--json").output)
    assert record["signsFrom"] > NOON.isoformat()
    assert remint("keys", "rotate").output.startswith("Published key-3-")
    assert sorted(house.database.signing_keys) == [1, 2, 3]


@pytest.mark.proves("K4")
def test_a_removed_key_is_gone_at_once_and_replaced(
    remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    house.database.signing_keys = {1: a_signing_key(1)}
    assert remint("keys", "remove", "key-1").output == "Removed.\n"
    [key] = house.database.signing_keys.values()
    assert (key.sequence, key.signs_from) == (2, NOON)


@pytest.mark.proves("K4")
@pytest.mark.parametrize("key_id", ["-ab", "-hab", "--ab", "--help-", "-", "--json"])
def test_a_key_is_removed_however_its_id_begins(
    key_id: str, remint: CommandOverFakes, house: UseCasesOverFakes
) -> None:
    """Ids are base64url, so one in 64 begins with a hyphen."""
    house.database.signing_keys = {1: replace(a_signing_key(1), id=key_id)}
    assert remint("keys", "remove", key_id).output == "Removed.\n"
    assert [key.sequence for key in house.database.signing_keys.values()] == [2]
    assert remint("keys", "remove", "--", key_id).exit_code == 3


def test_removing_what_is_no_key_says_so(remint: CommandOverFakes) -> None:
    result = remint("keys", "remove", "key-9")
    assert (result.exit_code, result.stderr) == (
        3,
        "Error: The signing key key-9 does not exist.\n",
    )
