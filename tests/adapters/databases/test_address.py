"""One reading of the database's address: what is opened, what is encrypted, what is shown."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from infrastructure.database.address import Address
from infrastructure.database.database import Database

SERVER = "postgresql+asyncpg://"


def tables_in(folder: Path) -> dict[str, list[str]]:
    """The tables in each database file of a folder."""
    found = {}
    for file in folder.iterdir():
        with closing(sqlite3.connect(file)) as opened:
            names = opened.execute("SELECT name FROM sqlite_master").fetchall()
            found[file.name] = [name for (name,) in names]
    return found


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("remint.db", "remint.db"),
        ("two%20words.db", "two words.db"),
        ("two words.db", "two words.db"),
        ("100%25.db", "100%.db"),
        ("a#b.db", "a#b.db"),
        ("a%23b.db", "a#b.db"),
        ("a%3Fb.db", "a?b.db"),
        ("~.db", "~.db"),
        ("a+b.db", "a+b.db"),
        ("remint.db?timeout=1", "remint.db"),
    ],
)
async def test_the_file_is_the_one_that_the_server_opens(
    tmp_path: Path, written: str, name: str
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/{written}"
    assert Address.parse(url).file == tmp_path / name
    database = Database(url)
    await database.affected(text("CREATE TABLE here (n int)"))
    await database.dispose()
    assert tables_in(tmp_path) == {name: ["here"]}


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite+aiosqlite:///var/remint.db", Path("var/remint.db")),
        ("sqlite+aiosqlite:///~/remint.db", Path("~/remint.db")),
        ("sqlite+aiosqlite:////srv/remint.db", Path("/srv/remint.db")),
        (f"{SERVER}app@db/remint", None),
    ],
)
def test_a_server_has_no_file_and_a_path_stays_as_it_is(url: str, file: Path | None) -> None:
    assert Address.parse(url).file == file


@pytest.mark.parametrize(
    "url",
    [
        "",
        "remint.db",
        "mysql://app@db/remint",
        "postgresql://app@db/remint",
        "sqlite:///remint.db",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file:remint.db?uri=true",
        f"{SERVER}app@db:CANARY/remint",
        f"{SERVER}app@/remint?host=a:1&host=b:2&port=CANARY",
    ],
)
def test_another_text_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"needs a file|has the form") as refused:
        Address.parse(url)
    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("sqlite+aiosqlite:///remint.db", True),
        (f"{SERVER}app@/remint", True),
        (f"{SERVER}app@localhost/remint", True),
        (f"{SERVER}app@[::1]:5432/remint", True),
        (f"{SERVER}app@/remint?host=/var/run/postgresql", True),
        (f"{SERVER}app@/remint?host=127.0.0.1:1&host=localhost:2", True),
        (f"{SERVER}app@db/remint", False),
        (f"{SERVER}app@/remint?host=db", False),
        (f"{SERVER}app@/remint?host=db1,localhost&port=1,2", False),
        (f"{SERVER}app@/remint?host=127.0.0.1:1&host=db:2", False),
    ],
)
def test_a_connection_is_local_if_every_host_is_this_machine(url: str, is_local: bool) -> None:
    assert Address.parse(url).is_local is is_local


@pytest.mark.parametrize(
    ("options", "is_encrypted"),
    [
        ("", False),
        ("?ssl=disable", False),
        ("?ssl=prefer", False),
        ("?ssl=require", True),
        ("?ssl=verify-full", True),
    ],
)
def test_a_connection_is_encrypted_if_it_is_refused_without_tls(
    options: str, is_encrypted: bool
) -> None:
    assert Address.parse(f"{SERVER}app@db/remint{options}").is_encrypted is is_encrypted


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:///var/remint.db",
        "sqlite+aiosqlite:////srv/two words.db",
        f"{SERVER}app@db:5432/remint?host=a:1&host=b:2&ssl=require",
        f"{SERVER}app@[::1]/remint",
    ],
)
def test_what_is_shown_of_an_address_without_secrets_can_be_used_again(url: str) -> None:
    assert Address.parse(url).shown == url
    assert Address.parse(Address.parse(url).shown) == Address.parse(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"{SERVER}app:CANARY@db/remint", f"{SERVER}app:***@db/remint"),
        (f"{SERVER}db/remint?password=CANARY", f"{SERVER}db/remint?password=***"),
        (f"{SERVER}db/r?other=CANARY&ssl=require", f"{SERVER}db/r?other=***&ssl=require"),
    ],
)
def test_no_password_and_no_unknown_option_is_shown(url: str, shown: str) -> None:
    address = Address.parse(url)
    assert address.shown == shown
    assert "CANARY" not in repr(address)
    assert address.has_password is ("***@" in shown or "password" in shown)
