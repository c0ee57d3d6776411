"""A database file that cannot be used is named with its fault and the remedy, if verified."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import Misconfigured, Unavailable
from infrastructure.database import schema
from infrastructure.database.database import Database
from infrastructure.database.file_faults import file_fault
from testing.privileges import hand_over, unprivileged
from tests.support.servers.databases import sqlite_url

ROOT = Path(__file__).parents[3]


def a_folder(file: Path) -> None:
    file.mkdir()


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def below_a_file(file: Path) -> None:
    file.parent.rmdir()
    file.parent.touch()


def garbage(file: Path) -> None:
    file.write_bytes(b"no database at all\n" * 300)


def too_long(file: Path) -> None:
    """The test's own file name is too long; nothing to prepare."""


FAULTS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a folder": (a_folder, "remint.db", "is a folder, where database.url needs a file"),
    "a pipe": (a_pipe, "remint.db", "is no regular file"),
    "below a file": (below_a_file, "remint.db", "is a file, where database.url needs a folder"),
    "garbage": (garbage, "remint.db", "is no SQLite database"),
    "odd name": (garbage, "a b#c?d%20~.db", "is no SQLite database"),
    "too long": (too_long, "n" * 300, "cannot be examined: File name too long"),
}


@pytest.mark.anyio
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_file_that_is_no_database_is_refused_by_its_path(
    fault: str, tmp_path: Path
) -> None:
    prepare, name, sentence = FAULTS[fault]
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / name
    prepare(file)
    database = Database(sqlite_url(str(file).replace("%", "%25").replace("?", "%3F")))
    with pytest.raises(Misconfigured) as refused:
        await schema.upgrade(database)
    await database.dispose()
    assert sentence in refused.value.explanation
    assert str(folder) in refused.value.explanation
    assert file_fault(file) == refused.value.explanation


def truncated(template: Path, file: Path) -> Path:
    """The first half of a database."""
    content = template.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    return file


@pytest.mark.anyio
async def test_a_truncated_database_is_called_damaged(
    sqlite_template: Path, tmp_path: Path
) -> None:
    file = truncated(sqlite_template, tmp_path / "remint.db")
    database = Database(sqlite_url(file))
    with pytest.raises(Misconfigured) as refused:
        await database.affected(text("VACUUM"))
    await database.dispose()
    assert f"{file} is damaged" in refused.value.explanation
    assert refused.value.code == "SQLITE_CORRUPT"


def test_a_file_without_a_fault_has_none(sqlite_template: Path, tmp_path: Path) -> None:
    assert file_fault(sqlite_template) is None
    assert file_fault(tmp_path / "new" / "remint.db") is None
    (tmp_path / "empty.db").touch()
    assert file_fault(tmp_path / "empty.db") is None


AS_ANOTHER_USER = """
import asyncio, json, os, sys
from domain.errors import Unavailable
from infrastructure.database import schema
from infrastructure.database.database import Database

async def upgrade(url):
    database = Database(url)
    try:
        await schema.upgrade(database)
        return "upgraded", ""
    except Unavailable as error:
        return type(error).__name__, error.explanation
    finally:
        await database.dispose()

user, group, *urls = sys.argv[1:]
Database(urls[0])  # loads the driver, which the other user perhaps cannot read
os.setgroups([])
os.setgid(int(group))
os.setuid(int(user))
print(json.dumps([asyncio.run(upgrade(url)) for url in urls]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_the_owner_of_a_file_or_folder_in_the_way_is_named_with_the_remedy(tmp_path: Path) -> None:
    """As after a first start by root, before the service's user came."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o5 != 0o5:
            folder.chmod(0o755)
    roots = tmp_path / "roots folder"
    roots.mkdir(mode=0o755)
    own = tmp_path / "own"
    own.mkdir()
    hand_over(own)
    (own / "remint.db").touch(mode=0o600)
    files = [roots / "remint.db", own / "remint.db"]
    nobody = unprivileged()
    identity = [str(nobody["user"]), str(nobody["group"])]
    done = subprocess.run(
        [sys.executable, "-c", AS_ANOTHER_USER, *identity, *map(sqlite_url, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (in_the_folder, of_the_folder), (in_the_file, of_the_file) = json.loads(done.stdout)
    assert (in_the_folder, in_the_file) == ("Misconfigured", "Misconfigured")
    assert f"Run as root: chown nobody '{roots}'" in of_the_folder
    assert f"The file {own}/remint.db belongs to the user root" in of_the_file
    assert f"Run as root: chown nobody {own}/remint.db" in of_the_file


@pytest.mark.anyio
async def test_a_file_that_is_merely_busy_is_no_refusal(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    with pytest.raises(Unavailable) as outage:
        await database.rows(text("SELECT * FROM nowhere"))
    assert not isinstance(outage.value, Misconfigured)
    await database.dispose()
