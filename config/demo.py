"""Owns `remint serve --demo`: a database, a secret and a user to try Remint with."""

import asyncio
import os
import secrets
import shlex
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from application import UseCases
from config.loading import settings_or_exit
from config.settings.sections import Settings
from config.settings.server_secret import new_secret
from config.wiring.single_command import open_use_cases
from domain.errors import InvalidCredentials, UsernameTaken
from domain.sessions import Origin
from infrastructure.database.address import SQLITE, Address
from interfaces.cli.calling import Access
from interfaces.cli.failures import ExitCode, fail, failures_as_exit_codes
from interfaces.cli.operator import operator

USER = "demo"
ORIGIN = Origin(device="remint serve --demo")
DATABASE = f"{SQLITE}:///var/demo/remint.db"
"""Not the default database, because that belongs to another secret."""
SECRET_FILE = "demo.secret"  # noqa: S105 - a name
PASSWORD_FILE = "demo.password"  # noqa: S105 - a name


def prepare_demo() -> None:
    """Set the demo's database and secret for this process and its workers."""
    settings = settings_or_exit()
    if settings.database.url == Settings().database.url:
        os.environ["REMINT_DATABASE_URL"] = DATABASE
    _refuse_another_secret()
    os.environ["REMINT_SECRET_FILE"] = str(_secret_file(_database_file()))


def greeting(address: str) -> str:
    """A `curl` with the refresh token of a new session, and the credentials for a log-in.

    Sets the issuer of this process and its workers to `address`, which is known once the server
    listens.
    """
    if settings_or_exit().tokens.issuer == Settings().tokens.issuer:
        scheme, port = address.partition(":")[0], address.rpartition(":")[2]
        os.environ["REMINT_TOKENS_ISSUER"] = f"{scheme}://localhost:{port}"
    with failures_as_exit_codes():
        password, refresh_token = asyncio.run(_sign_in())
    return f"""
A demo, with its data in {_database_file().parent}: not for production.
Refresh a token:

  curl -s {address}/api/v1/authenticate/refresh \\
    -H 'Content-Type: application/json' \\
    -d '{{"refreshToken": "{refresh_token}"}}'

Or log in, with this user or in a browser at {address}/docs:

  username  {USER}
  password  {password}

Manage it from another shell:

  cd {shlex.quote(str(Path.cwd()))}
  export REMINT_DATABASE_URL={shlex.quote(os.environ["REMINT_DATABASE_URL"])}
  export REMINT_SECRET_FILE={shlex.quote(os.environ["REMINT_SECRET_FILE"])}
  {_program()} sessions list
"""


async def _sign_in() -> tuple[str, str]:
    """The password of the demo user, and the refresh token of a new session."""
    file = _database_file().parent / PASSWORD_FILE
    async with open_use_cases(Access.CREATE) as do:
        if file.exists():
            password = file.read_text(encoding="utf-8").strip()
            with suppress(InvalidCredentials):  # the password was changed, or the user deleted
                return password, await _log_in(do, password)
        password = secrets.token_urlsafe(12)
        await _give_password(do, password)
        file.unlink(missing_ok=True)
        _write_privately(file, password)
        return password, await _log_in(do, password)


async def _log_in(do: UseCases, password: str) -> str:
    return (await do.presenters.authenticate(USER, password, ORIGIN)).refresh_token


async def _give_password(do: UseCases, password: str) -> None:
    try:
        await do.operators.add_user(USER, password, by=operator())
    except UsernameTaken:
        await do.operators.set_password(USER, password, by=operator())


def _program() -> str:
    """The word or path by which a shell finds this program in the present directory."""
    here = Path(sys.executable).with_name("remint")
    found = shutil.which("remint")
    if found and Path(found).resolve() == here.resolve():
        return "remint"
    if not here.exists():
        return f"{shlex.quote(sys.executable)} -m config.main"
    is_below = here.is_relative_to(Path.cwd())
    return shlex.quote(str(here.relative_to(Path.cwd()) if is_below else here))


def _refuse_another_secret() -> None:
    """Refuse every secret but the demo's own, which the greeting exports."""
    given = os.environ.get("REMINT_SECRET_FILE")
    own = _database_file().parent / SECRET_FILE
    if os.environ.get("REMINT_SECRET") or (given and Path(given).resolve() != own.resolve()):
        fail(
            "--demo makes its own secret. Unset REMINT_SECRET and REMINT_SECRET_FILE, or "
            "leave --demo out.",
            ExitCode.USAGE,
        )


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
    _write_privately(file, new_secret())
    return file


def _write_privately(file: Path, line: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:  # noqa: PTH123 - a descriptor
        opened.write(line + "\n")
