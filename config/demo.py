"""Owns `remint serve --demo`: a database, a secret and a user to try Remint with."""

import asyncio
import os
import secrets
from pathlib import Path

from application import UseCases
from config.loading import settings_or_exit
from config.settings.sections import Settings
from config.settings.server_secret import new_secret
from config.wiring.single_command import open_use_cases
from domain.errors import UserNotFound
from domain.sessions import Origin
from infrastructure.database.address import SQLITE, Address
from interfaces.cli.calling import Access
from interfaces.cli.failures import ExitCode, fail, failures_as_exit_codes
from interfaces.cli.operator import operator

USER = "demo"
DATABASE = f"{SQLITE}:///var/demo/remint.db"
"""Not the default database, because that belongs to another secret."""
SECRET_FILE = "demo.secret"  # noqa: S105 - a name


def prepare_demo() -> None:
    """Set the demo's database and secret for this process and its workers."""
    if os.environ.get("REMINT_SECRET") or os.environ.get("REMINT_SECRET_FILE"):
        fail(
            "--demo makes its own secret. Unset REMINT_SECRET and REMINT_SECRET_FILE, or "
            "leave --demo out.",
            ExitCode.USAGE,
        )
    settings = settings_or_exit()
    if settings.database.url == Settings().database.url:
        os.environ["REMINT_DATABASE_URL"] = DATABASE
    if settings.tokens.issuer == Settings().tokens.issuer:
        os.environ["REMINT_TOKENS_ISSUER"] = f"http://localhost:{settings.server.port}"
    os.environ["REMINT_SECRET_FILE"] = str(_secret_file(_database_file()))


def greeting(address: str) -> str:
    """A `curl` with the refresh token of a new session, and the credentials for a log-in."""
    with failures_as_exit_codes():
        password, refresh_token = asyncio.run(_sign_in())
    shown_password = password or "as shown at the first start"
    return f"""
A demo, with its data in {_database_file().parent}: not for production.
Refresh a token:

  curl -s {address}/api/v1/authenticate/refresh \\
    -H 'Content-Type: application/json' \\
    -d '{{"refreshToken": "{refresh_token}"}}'

Or log in:

  username  {USER}
  password  {shown_password}

Manage it from another shell:

  export REMINT_DATABASE_URL={os.environ["REMINT_DATABASE_URL"]}
  export REMINT_SECRET_FILE={os.environ["REMINT_SECRET_FILE"]}
  remint sessions list
"""


async def _sign_in() -> tuple[str | None, str]:
    """The password of the demo user, if the user is new, and the refresh token of a new session."""
    async with open_use_cases(Access.CREATE) as do:
        password = await _add_user_if_missing(do)
        opened = await do.operators.open_session(
            USER, Origin(device="remint serve --demo"), by=operator()
        )
        return password, opened.refresh_token


async def _add_user_if_missing(do: UseCases) -> str | None:
    try:
        await do.operators.list_sessions(USER)
    except UserNotFound:
        password = secrets.token_urlsafe(12)
        await do.operators.add_user(USER, password, by=operator())
        return password
    return None


def _database_file() -> Path:
    file = Address.parse(settings_or_exit().database.url).file
    if file is None:
        fail(
            "--demo needs SQLite. Unset database.url, or leave --demo out.",
            ExitCode.USAGE,
        )
    return file


def _secret_file(database: Path) -> Path:
    """The demo's secret, next to the database; made together with the database."""
    file = database.parent / SECRET_FILE
    if file.exists():
        return file
    if database.exists():
        fail(
            f"{database} exists and belongs to another server secret. Set REMINT_SECRET_FILE and "
            "leave --demo out, or choose another database.",
            ExitCode.CONFLICT,
        )
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:  # noqa: PTH123 - a descriptor
        opened.write(new_secret() + "\n")
    return file
