"""The service's life beside its requests: made ready at the start, kept in order, taken down."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from config.wiring.container import Container
from domain.errors import Unavailable
from infrastructure.database import schema
from interfaces.housekeeping import Chore, Housekeeping

UPKEEP_EVERY = timedelta(seconds=0.2)
PURGE_EVERY = timedelta(hours=1)
CENSUS_EVERY = timedelta(minutes=5)


class Service:
    """One instance. Several may start, run and stop at the same time on one database."""

    def __init__(self, container: Container) -> None:
        self._settings = container.settings()
        self._database = container.database()
        self._database_health = container.database_health()
        self._key_ring = container.key_ring()
        self._graceful_stop = container.graceful_stop()
        self._use_cases = container.use_cases()
        self._census = container.census()
        self._may_migrate = self._settings.database.migrate

    async def prepare(self) -> None:
        """Bring the schema up to date, if allowed, then the signing keys; repeat as you like.

        Raises:
            Unavailable: the database cannot answer, or has another schema than this version serves.
            DecryptionFailed: this instance lacks a server secret that the others use.
        """
        if self._may_migrate:
            await schema.upgrade(self._database)
            self._may_migrate = False
        problem = await self._database_health.problem()
        if problem is not None:
            raise Unavailable(problem)
        await self._use_cases.server.tend_signing_keys()
        await self._key_ring.reload()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve in between. A database that is down now is no reason not to start: see prepare."""
        try:
            await self.prepare()
        except Unavailable as unavailable:
            structlog.get_logger("remint").warning("startedUnready", reason=unavailable.reason)
        # What was made for good need not be looked through again: collections stay short.
        gc.collect()
        gc.freeze()
        try:
            with self._graceful_stop.on_sigterm():
                async with Housekeeping(self._chores()):
                    yield
        finally:
            await self._database.dispose()

    @asynccontextmanager
    async def at_hand(self) -> AsyncIterator[None]:
        """Serve a single command in between.

        Raises:
            Unavailable, DecryptionFailed: see prepare.
        """
        try:
            await self.prepare()
            yield
        finally:
            await self._database.dispose()

    def _chores(self) -> tuple[Chore, ...]:
        reload = self._settings.keys.reload
        purge = self._use_cases.server.purge
        chores = (
            Chore("keys", every=reload, act=self.prepare, after=reload / 10),
            Chore("upkeep", every=UPKEEP_EVERY, act=self._database.upkeep),
            Chore("purge", every=PURGE_EVERY, act=purge, after=PURGE_EVERY / 10),
        )
        if not self._settings.metrics.enabled:
            return chores
        return (*chores, Chore("census", every=CENSUS_EVERY, act=self._census, after=reload / 10))
