"""What others' refreshes cost: their own environments, their own tables, the same load."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load import Request, TokensFile
from benchmarks.rounds import Row
from benchmarks.servers import LEAN_UVICORN, Server
from benchmarks.workplace import CACHE, Workplace

SOURCES = Path(__file__).with_name("peers")
GUNICORN = ("--workers=2", "--threads=4", "--bind=127.0.0.1:{port}", "--log-level=warning")


@dataclass(frozen=True, slots=True)
class Peer:
    """How a peer is filled, served and asked; commands run in its folder."""

    name: str
    folder: str
    fill: tuple[str, ...]
    serve: tuple[str, ...]
    request: Request
    asyncpg: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    def row(self, place: Workplace, sessions: int) -> Row:
        """Install, fill a database of its own, and tell how to measure."""
        home = installed(self.folder)
        database = "".join(letter if letter.isalnum() else "_" for letter in self.name).lower()
        url = place.postgres.create_database(database)
        environment = {
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "PEER_SECRET": place.secret,
            "PEER_DATABASE_URL": url if self.asyncpg else url.replace("+asyncpg", ""),
            "PORT": "{port}",
            **self.environment,
        }
        tokens = place.folder / f"{database}.tokens"
        subprocess.run(
            [*self.fill, str(sessions), str(tokens)],
            cwd=home / "app",
            env=os.environ | environment | {"PORT": "1"},
            check=True,
        )
        place.postgres.sql("VACUUM ANALYZE", database=database)
        server = Server(database, self.serve, environment, home / "app")
        return Row(self.name, server, TokensFile(tokens), self.request)


def _django(name: str, peer: str, request: Request) -> Peer:
    fill, serve = ("python", "fill.py"), ("gunicorn", *GUNICORN, "wsgi:application")
    return Peer(name, "django", fill, serve, request, environment={"PEER": peer})


PEERS = (
    _django(
        "SimpleJWT, no rotation, two workers",
        "simplejwt",
        Request("/refresh", '{"refresh":"@"}'),
    ),
    _django(
        "SimpleJWT, rotation and blacklist, two workers",
        "simplejwt-rotating",
        Request("/refresh", '{"refresh":"@"}', '"refresh":"([^"]+)"'),
    ),
    _django(
        "django-oauth-toolkit, two workers",
        "oauth-toolkit",
        Request(
            "/o/token/",
            "grant_type=refresh_token&client_id=benchmark&refresh_token=@",
            '"refresh_token": "([^"]+)"',
            content_type="application/x-www-form-urlencoded",
        ),
    ),
    Peer(
        "usual FastAPI endpoint, one worker",
        "fastapi",
        ("python", "fill.py"),
        ("uvicorn", "app:app", "--port={port}", *LEAN_UVICORN),
        Request("/refresh", '{"refresh_token":"@"}', '"refresh_token":"([^"]+)"'),
        asyncpg=True,
    ),
    Peer(
        "better-auth, JWT for a session, one process",
        "better_auth",
        ("node", "fill.mjs"),
        ("node", "server.mjs"),
        Request("/api/auth/token", "", method="GET", headers="Authorization: Bearer @"),
    ),
)


def installed(folder: str) -> Path:
    """The environment of a peer, from its lock file, with its application copied into `app`."""
    home = CACHE / "peers" / folder
    application = home / "app"
    shutil.copytree(SOURCES / folder, application, dirs_exist_ok=True)
    if (application / "package.json").exists():
        if not (application / "node_modules").exists():
            _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], application)
    elif not (home / "installed").exists():
        _run([sys.executable, "-m", "venv", str(home)], application)
        pip = [str(home / "bin/pip"), "install", "--quiet", "--require-hashes"]
        _run([*pip, "-r", "requirements.lock"], application)
        (home / "installed").touch()
    return home


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True)
