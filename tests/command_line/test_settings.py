"""`remint settings check` shows the effective settings and their sources, and no secret."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.main import main
from config.settings.server_secret import new_secret

SECRET = new_secret()


def check(*options: str, **environment: str) -> Result:
    given = {"REMINT_SECRET": SECRET, **{f"REMINT_{k}": v for k, v in environment.items()}}
    return CliRunner().invoke(main, ["settings", "check", *options], env=given)


def records(result: Result) -> dict[str, dict[str, Any]]:
    lines = map(json.loads, result.stdout.splitlines())
    return {record["setting"]: record for record in lines}


def test_every_setting_is_told_with_its_source(tmp_path: Path) -> None:
    file = tmp_path / "remint.toml"
    file.write_text('[sessions]\nidle = "3d"\ngrace = 30\n')
    result = check("--json", CONFIG=str(file), SESSIONS_GRACE="20s")
    assert result.exit_code == 0
    told = records(result)
    assert (told["sessions.idle"]["value"], told["sessions.idle"]["source"]) == ("3d", "file")
    assert told["sessions.grace"]["value"] == "20s"
    assert told["sessions.grace"]["source"] == "environment"
    assert told["sessions.coalesce"]["source"] == "default"


def test_dangers_are_said_with_their_reason_and_are_exit_code_1() -> None:
    result = check(SERVER_HOST="0.0.0.0")
    assert result.exit_code == 1
    assert "server.host is reached from outside without TLS" in result.stdout
    as_json = records(check("--json", SERVER_HOST="0.0.0.0"))
    assert as_json["server.host"]["danger"].startswith("is reached from outside")
    assert as_json["server.port"]["danger"] is None


@pytest.mark.proves("S1")
def test_neither_passwords_nor_secrets_are_shown() -> None:
    url = "postgresql+asyncpg://app:CANARY@db:5432/remint?password=CANARY&host=h%3A1&ssl=require"
    for options in ((), ("--json",)):
        result = check(*options, DATABASE_URL=url)
        assert "postgresql+asyncpg://app:***@db:5432/remint?password=***&host=h:1" in result.output
        assert "CANARY" not in result.output
        assert SECRET not in result.output


def test_what_makes_no_sense_is_exit_code_2_and_a_sentence() -> None:
    result = check(SESSIONS_IDLE="soon")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "must be a duration" in result.stderr


def test_where_the_server_secret_is_from_is_said() -> None:
    assert "Server secrets: 1, from REMINT_SECRET." in check().stdout


def test_instances_compare_their_server_secrets_by_ids_in_their_order() -> None:
    """In the first of the two steps, the new secret is in the list and makes nothing yet."""
    old = "3nZ0v5mJ8cQw1tLxUe7rYb2kHs9dGfPaWiOu6T4R"
    new = "q8K2fVb6XzN0mJ4hTgY1sDc7RwE9uLpAoI3xQyUt"
    shown = check(SECRET=f"{new},{old}").stdout
    [first, second] = re.findall(r"Ids, in their order: (..), (..)\.", shown)[0]
    assert f"New tokens are made with {second}." in shown
    assert f"Ids, in their order: {second}." in check(SECRET=old).stdout
    assert f"Ids, in their order: {first}." in check(SECRET=new).stdout
    assert old not in shown
    assert new not in shown
