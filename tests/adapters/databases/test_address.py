"""One reading of the database's address, for opening, encrypting and showing it."""

import inspect
import os
import sqlite3
import ssl
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from infrastructure.database.address import Address
from infrastructure.database.database import Database

SERVER = "postgresql+asyncpg://"
DRIVER_ARGUMENTS = {
    *inspect.signature(asyncpg.connect).parameters,
    "prepared_statement_cache_size",  # SQLAlchemy's own
}
PRINTABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffd"))


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
        "sqlite:///remint.db",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file:remint.db?uri=true",
        f"{SERVER}app@db:CANARY/remint",
    ],
)
def test_another_text_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"needs a file|has the form") as refused:
        Address.parse(url)
    assert "CANARY" not in str(refused.value)


@pytest.mark.proves("S1")
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (f"{SERVER}app@db:99999/r", "must be a number from 1 to 65535"),
        (f"{SERVER}app@db:0/r", "must be a number from 1 to 65535"),
        (f"{SERVER}app@/r?host=a:1&host=b:2&port=CANARY", "must be a number from 1 to 65535"),
        (f"{SERVER}app@/r?host=a,b&port=1,2,3", "one port, or one for each host"),
        (f"{SERVER}app@h1:5432,h2:CANARY/r", "must be a number from 1 to 65535"),
        (f"{SERVER}app@{'h' * 70}/r", "is not a name, an address or the folder"),
        (f"{SERVER}app@a..b/r", "is not a name, an address or the folder"),
        (f"{SERVER}app@d b/r", "is not a name, an address or the folder"),
        (f"{SERVER}app:CAN@ARY@db/r", "write @ as %40"),
        (f"{SERVER}app:***@db/r", "stands for a hidden one"),
        (f"{SERVER}app@db/r?password=***", "stands for a hidden one"),
        (f"{SERVER}app:%00CANARY@db/r", "has a NUL character"),
        (f"{SERVER}app:%ffCANARY@db/r", "is not UTF-8"),
        (f"{SERVER}app:CANARY\udcff@db/r", "is not UTF-8"),
        (f"{SERVER}app@db/r?ssl=reqire", "the nearest is require"),
        (f"{SERVER}app@db/r?sslmode=CANARY", "ssl must be one of disable, allow, prefer"),
        (f"{SERVER}app@db/r?ssl=require&sslmode=disable", "ssl is in the database's address twice"),
        (f"{SERVER}app@db/r?ssl_mode=require", "has no option ssl_mode; the nearest is sslmode"),
        (f"{SERVER}app@db/r?CANARY=1", "has an unknown option. The options are application_name"),
        (f"{SERVER}app@db/r?password=a&CANARY=b", "has an unknown option"),
        (f"{SERVER}app@db/r?connect_timeout=CANARY", "must be a whole number from 0 to 60"),
        (f"{SERVER}app@db/r?prepared_statement_cache_size=-1", "must be a whole number"),
        (f"{SERVER}app@db/r?target_session_attrs=read-only", "the nearest is read-write"),
        (f"{SERVER}app@db/r?sslrootcert=/nowhere/CANARY", "names a file that does not exist"),
        ("sqlite+aiosqlite:///r.db?mode=CANARY", "has the options timeout and cached_statements"),
        ("sqlite+aiosqlite:///r.db?timeout=CANARY", "must be a number"),
        ("sqlite+aiosqlite:///r%00.db", "without NUL"),
        ("sqlite+aiosqlite:///var/", "needs the name of a file"),
        ("sqlite+aiosqlite:////", "needs the name of a file"),
        ("sqlite+aiosqlite://app:CANARY@db/r.db", "needs a file"),
    ],
)
def test_a_part_that_the_driver_would_refuse_is_a_sentence_without_values(
    url: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=r"address|SQLite|password|number|one of") as refused:
        Address.parse(url)
    assert sentence in str(refused.value)
    assert "CANARY" not in str(refused.value)


def test_an_address_without_a_user_needs_a_process_with_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "PGUSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4711_4711)
    with pytest.raises(ValueError, match="names no user"):
        Address.parse(f"{SERVER}db/remint")
    assert Address.parse(f"{SERVER}app@db/remint").server
    monkeypatch.setenv("PGUSER", "app")
    assert Address.parse(f"{SERVER}db/remint").server


@pytest.mark.parametrize(
    ("printed", "arguments"),
    [
        ("postgres://app@db/r", {"host": ["db"]}),
        ("postgresql://app@db/r", {"host": ["db"]}),
        ("postgresql://app@db/r?sslmode=require", {"host": ["db"], "ssl": "require"}),
        ("postgresql://app@h1,h2/r", {"host": ["h1", "h2"]}),
        (
            "postgresql://app@h1:5432,h2:5433/r?target_session_attrs=read-write",
            {"host": ["h1", "h2"], "port": [5432, 5433]},
        ),
        ("postgresql://app@[::1]:1,[::2]/r", {"host": ["::1", "::2"], "port": [1, 5432]}),
        ("postgresql://app@%2Fvar%2Frun/r", {"host": ["/var/run"]}),
        ("postgresql://app@/r?host=/var/run&port=6432", {"host": ["/var/run"], "port": [6432]}),
        ("postgresql://app@db/?dbname=r", {"host": ["db"]}),
        ("postgresql://app@db/r?channel_binding=prefer&gssencmode=disable", {"host": ["db"]}),
        (
            "postgresql://app@bouncer:6432/r?prepared_statement_cache_size=0",
            {"host": ["bouncer"], "port": [6432], "prepared_statement_cache_size": 0},
        ),
    ],
)
def test_what_providers_print_is_translated_for_the_driver(
    printed: str, arguments: dict[str, object]
) -> None:
    server = Address.parse(printed).server
    assert server is not None
    assert server.arguments() == {"user": "app", "database": "r", **arguments}
    assert server.arguments().keys() <= DRIVER_ARGUMENTS


def test_what_a_session_sends_and_how_long_connecting_takes_can_be_in_the_address() -> None:
    url = f"{SERVER}app@db/r?application_name=web&options=-c%20geqo%3Doff&connect_timeout=7"
    address = Address.parse(url)
    assert address.server is not None
    assert address.server.session_settings() == {
        "application_name": "web",
        "options": "-c geqo=off",
    }
    assert address.connect_timeout == timedelta(seconds=7)
    assert Address.parse(f"{SERVER}app@db/r?connect_timeout=0").connect_timeout is None


def test_certificate_files_reach_the_driver_in_a_connection_string(tmp_path: Path) -> None:
    for name in ("ca.pem", "cert.pem", "key&=.pem"):
        (tmp_path / name).touch()
    files = {"sslrootcert": "ca.pem", "sslcert": "cert.pem", "sslkey": "key&=.pem"}
    options = urlencode({name: tmp_path / file for name, file in files.items()})
    server = Address.parse(f"{SERVER}app@db/r?ssl=verify-full&{options}").server
    assert server is not None
    dsn = urlsplit(server.arguments()["dsn"])
    assert dict(parse_qsl(dsn.query)) == {n: str(tmp_path / file) for n, file in files.items()}


def test_the_operating_systems_authorities_verify_the_name_too() -> None:
    address = Address.parse(f"{SERVER}app@db/r?sslrootcert=system")
    assert address.is_encrypted
    assert address.is_verified
    assert address.server is not None
    context = address.server.arguments()["ssl"]
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


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
        f"{SERVER}app@db/remint?sslmode=require&application_name=web+1",
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
        (
            f"{SERVER}db/r?sslpassword=CANARY&ssl=require",
            f"{SERVER}db/r?sslpassword=***&ssl=require",
        ),
        (f"{SERVER}app:CAN/A?R#Y@db/r", f"{SERVER}app:***@db/r"),
        (f"{SERVER}app:%40CANARY%2F@h1,h2/r", f"{SERVER}app:***@/r?host=h1&host=h2"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    address = Address.parse(url)
    assert address.shown == shown
    assert "CANARY" not in repr(address)
    assert address.has_password is ("***@" in shown or "password" in shown)


@pytest.mark.proves("S1")
@given(
    secret=PRINTABLE.filter(lambda text: len(text) > 3 and set(text) != {"*"}), where=st.booleans()
)
def test_whatever_is_in_a_password_reaches_the_driver_and_no_display(
    secret: str, where: bool
) -> None:
    secret = f"~{secret}~"
    written = quote(secret, safe="")
    login, option = (f"app:{written}", "") if where else ("app", f"?password={written}")
    address = Address.parse(f"{SERVER}{login}@db/remint{option}")
    assert address.server is not None
    assert address.server.arguments()["password"] == secret
    shown = address.shown + repr(address) + repr(address.server) + address.place
    assert secret not in shown
    assert written not in shown


@pytest.mark.proves("S1")
@given(secret=PRINTABLE.filter(lambda text: len(text) > 3))
def test_a_password_with_reserved_characters_as_they_are_is_hidden_or_refused(secret: str) -> None:
    secret = f"~{secret}~"
    try:
        said = Address.parse(f"{SERVER}app:{secret}@db/remint").shown
    except ValueError as refused:
        said = str(refused)
    assert secret not in said


@given(
    folder=st.lists(PRINTABLE.filter(lambda name: bool(name) and "/" not in name), min_size=1),
    is_absolute=st.booleans(),
)
def test_what_is_shown_of_any_file_can_be_pasted_back(folder: list[str], is_absolute: bool) -> None:
    path = "/" * is_absolute + "/".join(folder)
    address = Address.parse(f"sqlite+aiosqlite:///{quote(path)}")
    assert address.file == Path(path)
    assert Address.parse(address.shown).file == Path(path)
