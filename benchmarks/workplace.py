"""What a run works with: a folder that lasts as long as it, databases in it, made-up tokens."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks.filling import Filled, Filling
from benchmarks.load import TokensFile
from config.settings.server_secret import new_secret
from testing.packages import c_compiler
from testing.postgres import Cluster

CACHE = Path("var/benchmarks").absolute()
# A small part of what a database server of its own would get.
SHARED_BUFFERS = "512MB"


@dataclass
class Workplace:
    """Everything lives in one folder on the checkout's disk, and goes with it."""

    folder: Path
    secret: str = field(default_factory=new_secret, repr=False)
    clusters: list[Cluster] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Workplace"]:
        CACHE.mkdir(parents=True, exist_ok=True)
        place = cls(Path(tempfile.mkdtemp(dir=CACHE, prefix="run-")))
        try:
            yield place
        finally:
            for cluster in place.clusters:
                cluster.close()
            shutil.rmtree(place.folder)

    @cached_property
    def postgres(self) -> Cluster:
        """A durable Postgres with its defaults, but for its buffers."""
        cluster = Cluster.create()
        self.clusters.append(cluster)
        cluster.configure("shared_buffers", SHARED_BUFFERS)
        cluster.restart()
        return cluster

    @cached_property
    def made_up(self) -> TokensFile:
        """What handlers that check nothing are sent: as long as real tokens."""
        path = self.folder / "made-up.tokens"
        path.write_text("".join(f"rmt1_{secrets.token_urlsafe(69)}\n" for _ in range(10_000)))
        return TokensFile(path)

    def filled(self, database: str, sessions: int, claims: str | None = None) -> Filled:
        """Remint's tables with so many sessions, in a new database."""
        name = f"{sessions}_claims" if claims else str(sessions)
        return Filling(sessions, self.folder, self.secret, claims)(self._address(database, name))

    def warm_up(self) -> None:
        """Read every database once, so that the system has it in memory as after hours of use."""
        for folder in (self.folder, *(cluster.folder for cluster in self.clusters)):
            for file in filter(Path.is_file, folder.rglob("*")):
                with file.open("rb") as opened:
                    while opened.read(1 << 24):
                        pass

    def slow_disk(self) -> Path:
        """The library that makes fsync slow, built here and now."""
        library = self.folder / "slow_fsync.so"
        source = Path(__file__).with_name("slow_fsync.c")
        compiler = c_compiler()
        command: list[str | Path] = [
            compiler.path,
            "-shared",
            "-nostdlib",
            "-fPIC",
            "-o",
            library,
            source,
        ]
        subprocess.run(command, env=os.environ | compiler.env, check=True)
        return library

    def _address(self, database: str, name: str) -> str:
        if database == "SQLite":
            return f"sqlite+aiosqlite:///{self.folder}/remint-{name}.db"
        return self.postgres.create_database(f"remint_{name}")
