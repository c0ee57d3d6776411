"""Real Postgres servers: started, broken, replicated and promoted by tests."""

import asyncio
import shutil
import signal
import tempfile
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import asyncpg
import trustme

from testing.postgres_binaries import Binaries, binaries
from testing.privileges import hand_over, unprivileged
from testing.processes import Process
from testing.waiting import free_port, wait_until

SUPERUSER = "postgres"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
# In files, which go with the folder, rather than in /dev/shm, where a killed server leaves them.
dynamic_shared_memory_type = mmap
wal_level = replica
wal_retrieve_retry_interval = 200ms
"""
UNSAFE_AND_FAST = """
fsync = off
full_page_writes = off
synchronous_commit = off
"""


class Cluster:
    """One Postgres server with its own folder and port on loopback; everybody is trusted there."""

    def __init__(self, folder: Path, programs: Binaries) -> None:
        self.port = free_port()
        self.folder = folder
        self._programs = programs
        self._server: Process | None = None

    @classmethod
    def create(cls, *, durable: bool = True, programs: Binaries | None = None) -> Self:
        """Make and start a server; one that is not `durable` is faster and must not be killed."""
        cluster = cls(_new_folder(), programs or binaries())
        with cluster._closing_on_error():
            cluster._run(
                "initdb",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                f"--username={SUPERUSER}",
                f"--pgdata={cluster._data}",
            )
            with (cluster._data / "postgresql.conf").open("a") as settings:
                settings.write(SETTINGS if durable else SETTINGS + UNSAFE_AND_FAST)
            cluster.start()
        return cluster

    def standby(self, *, synchronous: bool = False) -> Self:
        """Start a copy that follows this server through a replication slot.

        With `synchronous`, every commit here waits from now on until the copy has it on its disk.
        """
        copy = type(self)(_new_folder(), self._programs)
        name = f"standby_{copy.port}"
        with copy._closing_on_error():
            source = f"host=127.0.0.1 port={self.port} user={SUPERUSER} application_name={name}"
            self._run(
                "pg_basebackup",
                "--checkpoint=fast",
                "--wal-method=stream",
                "--no-sync",
                "--write-recovery-conf",
                "--create-slot",
                f"--slot={name}",
                f"--dbname={source}",
                f"--pgdata={copy._data}",
            )
            copy.start()
            if synchronous:
                self.configure("synchronous_standby_names", name)
            state = "sync" if synchronous else "async"
            wait_until(
                lambda: self._replication_of(name) == ("streaming", state),
                f"{name} streaming from {self.port}",
            )
        return copy

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What happens to servers.

    def start(self) -> None:
        self._server = Process(
            [self._programs.folder / "postgres", "-D", self._data, "-p", str(self.port)],
            logs=self.folder,
            name="postgres",
            env=ENVIRONMENT | self._programs.env,
            cwd=self.folder,
            identity=unprivileged(),
        )
        self._server.wait_for(self._is_ready, f"Postgres ready on {self.port}", 30.0)

    def stop(self) -> None:
        """Stop in order, throwing connected clients out."""
        self.server.resume()
        self.server.send(signal.SIGINT)
        self.server.wait(30.0)

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        """SIGKILL every process of the server; `start` then recovers it."""
        self.server.kill()

    def pause(self) -> None:
        """Freeze every process: connections stay open and nothing answers."""
        self.server.pause()

    def resume(self) -> None:
        self.server.resume()

    def promote(self) -> None:
        """Make a standby the writable one; it waits for no standby of its own until told to."""
        self.sql("SELECT pg_promote(wait => true, wait_seconds => 30)")
        self.configure("synchronous_standby_names", "")

    def close(self) -> None:
        """Stop, by force where needed, and remove the folder."""
        if self._server is not None:
            self._server.end(signal.SIGQUIT)  # at once; SIGTERM would wait for clients to leave
        shutil.rmtree(self.folder)

    # Questions to servers.

    @property
    def server(self) -> Process:
        if self._server is None:
            raise RuntimeError("this Postgres was never started")
        return self._server

    def url(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        return f"postgresql+asyncpg://{user}@127.0.0.1:{self.port}/{database}"

    def sql(
        self,
        statement: str,
        *values: object,
        database: str = "postgres",
        user: str = SUPERUSER,
    ) -> list[Any]:
        """Run one statement on a connection of its own, in any thread, event loop or not."""
        return _run_apart(self._fetch(statement, values, database, user))

    @contextmanager
    def doing(self, statement: str, *, database: str = "postgres") -> Iterator[None]:
        """Begin a statement that takes long, and cancel it afterwards."""
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(self._do_until_cancelled, statement, database)
            running_here = "SELECT count(*) FROM pg_stat_activity WHERE query = $1"
            wait_until(lambda: self.sql(running_here, statement)[0][0] > 0, statement)
            try:
                yield
            finally:
                cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = $1"
                self.sql(cancel, statement)
                running.result(30.0)

    def _do_until_cancelled(self, statement: str, database: str) -> None:
        with suppress(asyncpg.QueryCanceledError):
            self.sql(statement, database=database)

    def configure(self, setting: str, value: str) -> None:
        """Change a setting that needs no restart."""
        self.sql(f"ALTER SYSTEM SET {setting} = '{value}'")
        self.sql("SELECT pg_reload_conf()")

    def demand_passwords(self) -> None:
        """Trust the superuser alone from now on; every other role needs its password."""
        lines = (
            f"host all {SUPERUSER} 127.0.0.1/32 trust",
            f"host replication {SUPERUSER} 127.0.0.1/32 trust",
            "host all all 127.0.0.1/32 scram-sha-256",
        )
        (self._data / "pg_hba.conf").write_text("\n".join(lines) + "\n")
        self.sql("SELECT pg_reload_conf()")

    def serve_tls(self, certificate: trustme.LeafCert) -> None:
        """Offer TLS from now on. A client that does not ask for TLS gets none."""
        key, chain = self._data / "server.key", self._data / "server.crt"
        certificate.private_key_pem.write_to_path(key)
        key.chmod(0o600)
        chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        hand_over(key)
        hand_over(chain)
        self.configure("ssl", "on")

    def create_database(self, name: str | None = None, *, template: str = "template1") -> str:
        """Make a database as a copy of another, which no client can be using; give its address."""
        name = name or f"test_{uuid.uuid4().hex}"
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def database(self, *, template: str = "template1") -> Iterator[str]:
        """The address of a new database, dropped afterwards."""
        url = self.create_database(template=template)
        try:
            yield url
        finally:
            self.drop_database(url.rpartition("/")[2])

    # How it is done.

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _is_ready(self) -> bool:
        # pg_ctl waits for the last line of this file. The first line names the process, and so
        # tells this file from the file of a killed predecessor.
        try:
            lines = (self._data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return lines[0] == str(self.server.pid) and lines[7:8] == ["ready   "]

    def _replication_of(self, name: str) -> tuple[str, str] | None:
        query = "SELECT state, sync_state FROM pg_stat_replication WHERE application_name = $1"
        return next((tuple(row) for row in self.sql(query, name)), None)

    async def _fetch(
        self, statement: str, values: tuple[object, ...], database: str, user: str
    ) -> list[Any]:
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=self.port,
            user=user,
            database=database,
            timeout=10.0,
            command_timeout=60.0,
        )
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close(timeout=5.0)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs.folder / program), *arguments]
        with Process(
            command,
            logs=self.folder,
            env=ENVIRONMENT | self._programs.env,
            cwd=self.folder,
            identity=unprivileged(),
        ) as process:
            if process.wait(60.0) != 0:
                raise RuntimeError(f"{program} failed:\n{process.output}")

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise


def several_hosts_url(*clusters: Cluster, database: str = "postgres") -> str:
    """One address that names all of them; the client finds the one it wants."""
    hosts = "&".join(f"host=127.0.0.1:{cluster.port}" for cluster in clusters)
    return f"postgresql+asyncpg://{SUPERUSER}@/{database}?{hosts}"


def _new_folder() -> Path:
    # Not below pytest's temporary folder, which the unprivileged user cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="remint-postgres-"))
    hand_over(folder)
    return folder


def _run_apart(work: Coroutine[Any, Any, list[Any]]) -> list[Any]:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
