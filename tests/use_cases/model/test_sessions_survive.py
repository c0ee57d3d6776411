"""Sessions in a hostile world: honest clients stay in, thieves are found, ends are final."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from infrastructure.database.database import Database
from tests.support.fakes.fakes import FakeDatabase
from tests.support.fakes.session_model import SessionModel
from tests.support.fakes.session_world import Restartable
from tests.support.fakes.stores import Stores
from tests.support.servers.databases import sql_stores, sqlite_url


@dataclass(frozen=True, slots=True)
class InMemory:
    database: FakeDatabase = field(default_factory=FakeDatabase)

    def connect(self) -> Stores:
        return Stores.in_memory(self.database)

    async def disconnect(self) -> None:
        """Nothing is kept open."""

    def back_up(self) -> Callable[[], None]:
        backup = self.database.snapshot()
        return lambda: self.database.restore(backup)


class OnSqlite:
    def __init__(self, template: Path, folder: Path) -> None:
        self._url = sqlite_url(shutil.copy(template, folder / f"{uuid4()}.db"))
        self._database = Database(self._url)

    def connect(self) -> Stores:
        self._database = database = Database(self._url)
        return sql_stores(database)

    async def disconnect(self) -> None:
        await self._database.dispose()

    def back_up(self) -> None:
        """A file in use is not copied."""


def explore(storage: Callable[[], Restartable], *, worlds: int, events: int) -> None:
    class SessionModelOnStorage(SessionModel):
        def __init__(self) -> None:
            super().__init__(storage())

    run_state_machine_as_test(
        SessionModelOnStorage,
        settings=settings(
            max_examples=worlds,
            stateful_step_count=events,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_thief_is_found_after_a_restore_has_made_both_successors_one() -> None:
    """A world that exploration meets seldom."""
    model = SessionModel(InMemory())
    model.a_backup_is_made()
    model.a_thief_copies_the_store()
    model.tabs_refresh([0])
    model.the_database_forgets_what_came_after_its_backup()
    model.both_use_their_copies_beyond_the_windows()
    model.every_theft_raises_one_alert_and_nothing_else_does()
    model.teardown()


def test_sessions_survive_in_memory() -> None:
    explore(InMemory, worlds=150, events=30)


@pytest.mark.slow
def test_sessions_survive_in_memory_in_many_worlds() -> None:
    explore(InMemory, worlds=300, events=60)


@pytest.mark.proves("S9")
def test_sessions_survive_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    explore(lambda: OnSqlite(sqlite_template, tmp_path), worlds=10, events=25)


@pytest.mark.proves("S9")
@pytest.mark.slow
def test_sessions_survive_on_sqlite_in_many_worlds(sqlite_template: Path, tmp_path: Path) -> None:
    explore(lambda: OnSqlite(sqlite_template, tmp_path), worlds=60, events=40)
