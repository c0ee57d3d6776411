"""Owns the life cycle of an instance: preparation, periodic tasks, shutdown."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta

from config.wiring.container import Container
from domain.errors import Misconfigured, Unavailable
from infrastructure.database import schema
from infrastructure.database.checkup import DatabaseCheckup
from infrastructure.database.diagnosis import INSUFFICIENT_PRIVILEGE
from interfaces.failure_log import FailureLog
from interfaces.housekeeping import Housekeeping, PeriodicTask

PREPARE = "schemaAndKeys"
"""The periodic task that repeats what the start does."""
KEY_RING_EVERY = timedelta(seconds=1)
"""How soon an instance stops to use a signing key that an operator removed; new keys have time."""
CHECKPOINT_EVERY = timedelta(seconds=0.2)
PURGE_EVERY = timedelta(hours=1)
AUDIT_EVERY = timedelta(seconds=1)
"""How soon the audit trail has what a command did."""
ISSUER_KEYS_EVERY = timedelta(minutes=5)
"""How soon an instance has the new keys of an issuer before an assertion needs them."""
CENSUS_EVERY = timedelta(minutes=5)


Audited = Callable[[], AbstractAsyncContextManager[None]]
"""Stores the audit events that are reported inside."""


class Service:
    """One instance. Several instances can start, run and stop at any time on one database."""

    def __init__(self, container: Container) -> None:
        self._settings = container.settings()
        self._database = container.database()
        self._checkup = DatabaseCheckup(self._database)
        self._failures = FailureLog()
        self._key_ring = container.key_ring()
        self._graceful_stop = container.graceful_stop()
        self.use_cases = container.use_cases()
        self._audit_relay = container.audit_relay()
        self._census = container.census()
        self._may_migrate = self._settings.database.migrate

    async def prepare(self) -> None:
        """Upgrade the schema if database.migrate is true, check it, and update the signing keys.

        Can be repeated.

        Raises:
            Misconfigured: the database refuses this instance for a reason that does not pass, or
                this instance lacks a server secret that the others use.
            Unavailable: the database cannot answer, or has another schema than this version serves.
        """
        async with self._naming_privileges():
            if self._may_migrate:
                await schema.upgrade(self._database)
                self._may_migrate = False
            await self._require_schema()
            await self.use_cases.server.tend_signing_keys()
            await self._key_ring.reload()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve while entered. The instance starts even if the database is down: see prepare.

        Raises:
            Misconfigured: see prepare; only an operator can change it.
        """
        try:
            await self._start()
        except Misconfigured:
            await self._database.dispose()
            raise
        # Freeze start-up objects, so that garbage collection skips them.
        gc.collect()
        gc.freeze()
        try:
            with self._graceful_stop.on_sigterm():
                async with Housekeeping(list(self._periodic_tasks()), self._failures):
                    yield
        finally:
            await self._database.dispose()

    async def try_start(self) -> None:
        """Do what `running` does at its start, and disconnect.

        Raises:
            Misconfigured: see prepare.
        """
        try:
            await self._start()
        finally:
            await self._database.dispose()

    @asynccontextmanager
    async def ready(self, audited: Audited = nullcontext) -> AsyncIterator[None]:
        """Serve a single command while entered.

        Args:
            audited: put around the preparation, and around the command's act.

        Raises:
            Misconfigured, Unavailable: see prepare.
        """
        try:
            async with audited():
                await self.prepare()
            async with audited():
                yield
        finally:
            await self._database.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Serve a single command that changes nothing, so the schema is not upgraded either.

        Raises:
            Misconfigured, Unavailable: see prepare.
        """
        try:
            async with self._naming_privileges():
                await self._require_schema()
                await self._key_ring.reload()
            yield
        finally:
            await self._database.dispose()

    @asynccontextmanager
    async def _naming_privileges(self) -> AsyncIterator[None]:
        """Name the missing privileges in place of the first statement that lacks one."""
        try:
            yield
        except Misconfigured as refused:
            if refused.code == INSUFFICIENT_PRIVILEGE:
                await self._checkup.refuse_missing_privileges()
            raise

    async def _require_schema(self) -> None:
        status = await schema.status(self._database)
        if not status.is_servable:
            await self._checkup.refuse_missing_privileges()
            raise Unavailable("schemaMismatch", explanation=status.advice)

    async def _start(self) -> None:
        try:
            await self.prepare()
            await self._checkup.refuse_missing_privileges()
        except Misconfigured:
            raise
        except Unavailable as unavailable:
            self._failures.failed("startedUnready", PREPARE, unavailable)

    def _periodic_tasks(self) -> Iterator[PeriodicTask]:
        reload = self._settings.keys.reload
        purge = self.use_cases.server.purge
        yield PeriodicTask(PREPARE, every=reload, act=self.prepare, after=reload / 10)
        yield PeriodicTask("keyRing", every=KEY_RING_EVERY, act=self._key_ring.reload)
        yield PeriodicTask("checkpoint", every=CHECKPOINT_EVERY, act=self._database.upkeep)
        yield PeriodicTask("auditEvents", every=AUDIT_EVERY, act=self._audit_relay)
        yield PeriodicTask("purge", every=PURGE_EVERY, act=purge, after=PURGE_EVERY / 10)
        fetch_issuer_keys = self.use_cases.server.fetch_issuer_keys
        yield PeriodicTask("issuerKeys", every=ISSUER_KEYS_EVERY, act=fetch_issuer_keys)
        if self._settings.metrics.enabled:
            yield PeriodicTask("census", every=CENSUS_EVERY, act=self._census, after=reload / 10)
