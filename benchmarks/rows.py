"""The rows of every table."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.filling import PASSWORD, USERNAME, Filled
from benchmarks.load import Request, TokensFile
from benchmarks.proofs import with_proofs
from benchmarks.rounds import Row
from benchmarks.servers import PYTHON, Server, uvicorn

FLOOR = "L1: empty Litestar handler"
SUCCESSOR = '"refreshToken":"([^"]+)"'
REUSABLE = Request()
ROTATING = Request(successor=SUCCESSOR)
LOG_IN = Request(
    path="/api/v1/authenticate",
    body=f'{{"username":"{USERNAME}","password":"{PASSWORD}"}}',
)
EVERY_REQUEST_ROTATES = {"REMINT_SESSIONS_COALESCE": "0s"}
"""The load presents a small table's tokens again within seconds; rows would show bursts."""
SILENT = {"REMINT_LOG_LEVEL": "error", "REMINT_METRICS_ENABLED": "false"}


def baselines(tokens: TokensFile) -> list[Row]:
    """What the server, the framework and a signature cost, without a service around them."""
    request = Request(path="/")
    applications = {
        "uvicorn, constant answer": "bare",
        FLOOR: "empty",
        "L1 + JWT by jwt.encode (ES256)": "signing",
    }
    return [
        Row(name, uvicorn(application, f"benchmarks.baselines:{application}"), tokens, request)
        for name, application in applications.items()
    ]


def refreshes(database: str, filled: Filled) -> list[Row]:
    """Refreshes as a client sees them, with logs and metrics on."""
    server = remint(database, filled)
    return [
        Row(f"reusable refresh, {database}", server, filled.reusable, REUSABLE),
        Row(f"rotating refresh, {database}", server, filled.rotating, ROTATING),
    ]


def by_oauth(database: str, filled: Filled) -> Row:
    """The same reusable refreshes at the OAuth door."""
    request = Request(
        path="/oauth/token",
        body="grant_type=refresh_token&refresh_token=@",
        content_type="application/x-www-form-urlencoded",
    )
    name = f"reusable refresh at /oauth/token, {database}"
    return Row(name, remint(database, filled), filled.reusable, request)


def proving(database: str, filled: Filled, count: int) -> list[Row]:
    """Refreshes without a proof of possession and with one; a proof counts once."""
    server = remint(f"{database} with proofs", filled, {"REMINT_DPOP_MAX_AGE": "10m"})
    proofs = with_proofs(filled.reusable, count)
    request = Request(headers="DPoP: #")
    return [
        Row(f"reusable refresh, {database}", server, filled.reusable, REUSABLE),
        Row(f"reusable refresh with a proof, {database}", server, proofs, request),
    ]


def lonely(database: str, filled: Filled) -> Row:
    """One connection: nothing to share a commit with."""
    name = f"rotating refresh, {database}, one connection"
    return Row(name, remint(database, filled), filled.rotating, ROTATING, connections=1)


def unobserved(database: str, filled: Filled) -> Row:
    """No logs, no metrics: what observability costs is the difference."""
    server = remint(f"{database} unobserved", filled, SILENT)
    name = f"reusable refresh, {database}, without logs and metrics"
    return Row(name, server, filled.reusable, REUSABLE)


def log_ins(database: str, filled: Filled) -> Row:
    """Dominated by argon2, which is meant to be slow: a connection for each hashing thread."""
    server = remint(database, filled)
    return Row(f"log-in, {database}, two connections", server, filled.reusable, LOG_IN, 2)


def openings(database: str, filled: Filled) -> Row:
    """A back end opens sessions for users who are known already."""
    request = Request(
        path="/api/v1/users/@/sessions", body="{}", headers=f"Authorization: {filled.authorization}"
    )
    return Row(f"opening, {database}", remint(database, filled), filled.subjects, request)


def claiming(database: str, filled: Filled) -> Row:
    """JWTs with 1 KiB of custom claims."""
    server = remint(f"{database} with claims", filled)
    name = f"reusable refresh, {database}, 1 KiB of claims"
    return Row(name, server, filled.reusable, REUSABLE)


def on_a_slow_disk(database: str, filled: Filled, shim: Path) -> list[Row]:
    """2 ms more for every fsync: shared commits against one commit per request."""
    slow = remint(f"{database} on a slow disk", filled, {"LD_PRELOAD": str(shim)})
    name = f"rotating refresh, {database}, +2 ms per fsync"
    return [
        Row(name, slow, filled.rotating, ROTATING),
        Row(f"{name}, one connection", slow, filled.rotating, ROTATING, connections=1),
    ]


def remint(name: str, filled: Filled, more: Mapping[str, str] | None = None) -> Server:
    """`remint serve` with its default settings, but for bursts."""
    command = (PYTHON, "-m", "config.main", "serve", "--port", "{port}")
    environment = {**filled.environment, **EVERY_REQUEST_ROTATES, **(more or {})}
    return Server(f"remint on {name}", command, environment)
