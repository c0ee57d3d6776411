"""Every setting, changed, has its effect: no wire between a setting and the product is cut."""

import asyncio
import base64
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from argon2 import extract_parameters
from dependency_injector import providers
from sqlalchemy import text

from application.steps.session_terms import Asked
from application.steps.user_lookup import Subject
from config.settings.sections import Settings, sections
from config.settings.setting import settings_of
from config.wiring.container import Container, utc_now
from config.wiring.service import Service
from domain.errors import Unavailable
from domain.sessions import AtLimit, Origin, Renewal
from testing.processes import Process
from testing.waiting import free_port
from tests.support.alice import PASSWORD, SECRET, USERNAME
from tests.support.fakes.builders import DAY, HOUR, MINUTE, OPERATOR, SECOND
from tests.support.fakes.fakes import FakeClock
from tests.support.fakes.log_capture import Captured
from tests.support.fakes.other_parties import Party
from tests.support.servers.command import REMINT, environment
from tests.support.servers.in_process_server import InProcessServer, in_process_server, settings_in

pytestmark = pytest.mark.anyio

Values = Mapping[str, Any]
"""Settings by their names, such as `sessions.grace`."""

REFRESH = "/api/v1/authenticate/refresh"
NETWORKS = ("127.0.0.0/8",)
ROTATING = {"sessions.renewal": Renewal.ROTATING}
ORIGIN = "https://app.example.com"


@dataclass
class Trial:
    """One installation, with a clock that the test moves."""

    folder: Path
    logged: Captured
    values: Values
    clock: FakeClock = field(default_factory=lambda: FakeClock(utc_now()))

    @property
    def settings(self) -> Settings:
        settings = settings_in(self.folder)
        for name, value in self.values.items():
            section, _, setting = name.partition(".")
            changed = msgspec.structs.replace(getattr(settings, section), **{setting: value})
            settings = msgspec.structs.replace(settings, **{section: changed})
        return settings

    @asynccontextmanager
    async def server(self) -> AsyncIterator[InProcessServer]:
        """A server with `alice` as its user."""
        logs = self.logged.set_up("info")
        with Container.clock.override(providers.Object(self.clock)):
            async with in_process_server(self.settings, logs) as server:
                yield server
        logs.flush()

    @asynccontextmanager
    async def container(self) -> AsyncIterator[Container]:
        """The product as a command uses it, with `alice` as its user."""
        container = Container(settings=self.settings, secrets=(SECRET.encode(),))
        container.clock.override(providers.Object(self.clock))
        async with Service(container).ready():
            await container.use_cases().operators.add_user(USERNAME, PASSWORD, by=OPERATOR)
            yield container

    async def status_of(self, path: str, **headers: str) -> int:
        async with self.server() as server:
            return (await server.client.get(path, headers=headers)).status_code

    async def header(self, name: str, path: str = "/.well-known/jwks.json") -> str | None:
        async with self.server() as server:
            value: str | None = (await server.client.get(path)).headers.get(name)
            return value

    async def claim(self, name: str) -> object:
        async with self.server() as server:
            return claims(await server.log_in())[name]


Look = Callable[[Trial], Awaitable[object]]


@dataclass(frozen=True)
class Effect:
    """The effect of a setting by default, and the effect once it has the value `changed`."""

    changed: object
    look: Look
    by_default: object
    then: object
    together_with: Values = field(default_factory=dict)


def claims(answer: httpx.Response, part: int = 1) -> dict[str, Any]:
    encoded = answer.json()["jwtToken"].split(".")[part]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=="))
    return decoded


def token(answer: httpx.Response) -> str:
    return str(answer.json()["refreshToken"])


# the HTTP interface


async def clients_address(trial: Trial) -> set[str]:
    """As the session, the audit line and the line of the request have it."""
    async with trial.server() as server:
        forwarded = {"X-Forwarded-For": "203.0.113.7"}
        body = {"username": USERNAME, "password": PASSWORD}
        answer = await server.client.post("/api/v1/authenticate", json=body, headers=forwarded)
        bearer = {"Authorization": f"Bearer {answer.json()['jwtToken']}"}
        own = await server.client.get("/api/v1/sessions", headers=bearer | forwarded)
        await asyncio.sleep(0.05)
    lines = [line for line in trial.logged.lines if "client_address" in line]
    assert {line["event"] for line in lines} >= {"loggedIn", "request"}
    (session,) = own.json()["sessions"]
    return {session["address"], *(line["client_address"] for line in lines)}


async def answers_to_two_kilobytes(trial: Trial) -> list[int]:
    """The route of refreshes reads bodies by itself, so another route is asked as well."""
    async with trial.server() as server:
        bodies = {REFRESH: {"refreshToken": "x" * 2000}}
        bodies["/api/v1/authenticate"] = {"username": "x" * 2000, "password": "x"}
        answers = [await server.client.post(path, json=body) for path, body in bodies.items()]
    return [answer.status_code for answer in answers]


async def waits_for_a_disconnect(trial: Trial) -> bool:
    async with trial.server() as server:
        first = token(await server.log_in())
        await server.refresh(first)
        trial.clock.advance(HOUR)
        began = time.monotonic()
        assert (await server.refresh(first)).status_code == 200
        return time.monotonic() - began > 0.5


async def log_in_without_proof(trial: Trial) -> int:
    async with trial.server() as server:
        return (await server.log_in()).status_code


async def log_in_with_a_proof_of(trial: Trial, age: float = 0) -> str:
    """Why the log-in with a proof of that many seconds ago is refused; empty if it is not."""
    path = "/api/v1/authenticate"
    async with trial.server() as server:
        made_at = trial.clock().timestamp() - age
        proof = Party(kid=None).proof("POST", trial.settings.tokens.issuer + path, made_at)
        body = {"username": USERNAME, "password": PASSWORD}
        answer = await server.client.post(path, json=body, headers={"DPoP": proof})
        if answer.status_code == 200:
            return ""
        return str(answer.json()["error"]["details"][0]["code"])


async def allowed_origin(trial: Trial) -> str | None:
    async with trial.server() as server:
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        answer = await server.client.options(REFRESH, headers=asked)
    allowed: str | None = answer.headers.get("Access-Control-Allow-Origin")
    return allowed


# the database


async def readiness_without_tables(trial: Trial) -> list[str]:
    container = Container(settings=trial.settings, secrets=(SECRET.encode(),))
    async with Service(container).running():
        return list(await container.use_cases().server.check_readiness())


async def connections_at_a_time(trial: Trial) -> int:
    async with trial.container() as container, AsyncExitStack() as held:
        for count in range(20):
            try:
                await held.enter_async_context(container.database().connection())
            except Unavailable:
                return count
    return 20


async def waits_for_a_connection(trial: Trial) -> bool:
    began = time.monotonic()
    await connections_at_a_time(trial)
    return time.monotonic() - began > 1


async def waits_for_a_silent_server(trial: Trial) -> bool:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+asyncpg://x:x@127.0.0.1:{silent.getsockname()[1]}/x"
        trial.values = {**trial.values, "database.url": url}
        database = Container(settings=trial.settings, secrets=(SECRET.encode(),)).database()
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await database.row(text("SELECT 1"))
        await database.dispose()
    return time.monotonic() - began > 2


async def busy_timeout(trial: Trial) -> int:
    async with trial.container() as container:
        row = await container.database().row(text("PRAGMA busy_timeout"))
    assert row is not None
    return int(row[0])


# sessions


async def has_a_successor(trial: Trial) -> bool:
    async with trial.server() as server:
        return "refreshToken" in (await server.refresh(token(await server.log_in()))).json()


async def rotations_of_a_burst(trial: Trial) -> int:
    async with trial.server() as server:
        tokens = [token(await server.log_in())]
        for _ in range(3):
            tokens.append(token(await server.refresh(tokens[-1])))
    return len(set(tokens)) - 1


def after_a_lost_answer(by: timedelta) -> Look:
    async def look(trial: Trial) -> str:
        async with trial.server() as server:
            first = token(await server.log_in())
            lost = token(await server.refresh(first))
            trial.clock.advance(by)
            answer = await server.refresh(first)
        if answer.status_code != 200:
            return "refused"
        return "the same successor" if token(answer) == lost else "another successor"

    return look


def refresh_after(by: timedelta) -> Look:
    async def look(trial: Trial) -> int:
        async with trial.server() as server:
            refresh_token = token(await server.log_in())
            trial.clock.advance(by)
            return (await server.refresh(refresh_token)).status_code

    return look


async def two_log_ins(trial: Trial) -> list[int]:
    """Both log-ins, then a refresh of the first session."""
    async with trial.server() as server:
        first, second = await server.log_in(), await server.log_in()
        refreshed = await server.refresh(token(first))
    return [answer.status_code for answer in (first, second, refreshed)]


async def purged_a_day_after_its_life(trial: Trial) -> int:
    async with trial.server() as server:
        await server.log_in()
    trial.clock.advance(trial.settings.sessions.lifetime + DAY)
    container = Container(settings=trial.settings, secrets=(SECRET.encode(),))
    container.clock.override(providers.Object(trial.clock))
    async with Service(container).ready():
        return await container.use_cases().server.purge()


async def life_of_a_support_session(trial: Trial) -> timedelta:
    container = Container(settings=trial.settings, secrets=(SECRET.encode(),))
    async with Service(container).ready():
        opened = await container.use_cases().back_ends.open_session(
            Subject("4711"), Origin(), Asked(actor="support-7"), by=OPERATOR, adding=True
        )
    return opened.session.expires_at - opened.session.opened_at


# JWTs and their keys


async def members_of_the_answers(trial: Trial) -> list[set[str]]:
    async with trial.server() as server:
        opened = await server.log_in()
        refreshed = await server.client.post(REFRESH, json={"refreshToken": token(opened)})
    return [set(opened.json()), set(refreshed.json())]


async def seconds_of_a_jwt(trial: Trial) -> int:
    async with trial.server() as server:
        read = claims(await server.log_in())
    return int(read["exp"] - read["iat"])


async def algorithm(trial: Trial) -> object:
    async with trial.server() as server:
        return claims(await server.log_in(), part=0)["alg"]


async def keys_after_two_days(trial: Trial) -> int:
    async with trial.container() as container:
        trial.clock.advance(2 * DAY)
        await container.use_cases().server.tend_signing_keys()
        return len(await container.signing_keys().all())


async def lead(trial: Trial) -> timedelta:
    """How long a new key is published before it signs."""
    container = Container(settings=trial.settings, secrets=(SECRET.encode(),))
    async with Service(container).ready():
        key = await container.use_cases().operators.rotate_signing_key(by=OPERATOR)
    assert key is not None
    return key.signs_from - key.created_at


async def cache_control_and_lead(trial: Trial) -> object:
    return await trial.header("Cache-Control"), await lead(trial)


async def lead_and_keys_after_the_last_jwt(trial: Trial) -> object:
    """Half a minute after the last JWT of the old key has expired by an exact clock."""
    async with trial.container() as container:
        use_cases = container.use_cases()
        key = await use_cases.operators.rotate_signing_key(by=OPERATOR)
        assert key is not None
        trial.clock.now = key.signs_from + container.settings().tokens.lifetime + 30 * SECOND
        await use_cases.server.tend_signing_keys()
        return key.signs_from - key.created_at, len(await container.signing_keys().all())


async def lead_and_keys_of_a_running_server(trial: Trial) -> object:
    """The server notices within half a second, or does not, that its key has become too old."""
    async with trial.server() as server:
        trial.clock.advance(91 * DAY)
        await asyncio.sleep(0.5)
        keys = (await server.client.get("/.well-known/jwks.json")).json()["keys"]
    return await lead(trial), len(keys)


# passwords and the throttle


def hashed_with(parameter: str) -> Look:
    async def look(trial: Trial) -> int:
        async with trial.container() as container:
            user = await container.users().named(USERNAME)
        assert user is not None
        return int(getattr(extract_parameters(user.password_hash or ""), parameter))

    return look


async def two_at_the_same_moment(trial: Trial) -> list[int]:
    async with trial.server() as server:
        answers = await asyncio.gather(server.log_in(), server.log_in())
    return sorted(answer.status_code for answer in answers)


async def after_two_failures(trial: Trial) -> int:
    async with trial.server() as server:
        for _ in range(2):
            await server.log_in("wrong")
        trial.clock.advance(2 * MINUTE)
        return (await server.log_in()).status_code


EFFECTS = {
    "server.trusted_proxies": Effect(NETWORKS, clients_address, {"127.0.0.1"}, {"203.0.113.7"}),
    "server.docs": Effect(False, lambda it: it.status_of("/docs"), 200, 404),
    "server.openapi": Effect(False, lambda it: it.status_of("/openapi.json"), 200, 404),
    "server.max_body": Effect(1024, answers_to_two_kilobytes, [400, 401], [413, 413]),
    "server.patience": Effect(SECOND, waits_for_a_disconnect, False, True, ROTATING),
    "server.hsts": Effect(
        DAY, lambda it: it.header("Strict-Transport-Security"), None, "max-age=86400"
    ),
    "database.migrate": Effect(
        False, readiness_without_tables, [], ["schemaMismatch", "noSigningKey"]
    ),
    "database.pool_size": Effect(
        4, connections_at_a_time, 10, 4, {"database.pool_timeout": SECOND / 10}
    ),
    "database.pool_timeout": Effect(
        SECOND / 10, waits_for_a_connection, True, False, {"database.pool_size": 3}
    ),
    "database.connect_timeout": Effect(SECOND / 2, waits_for_a_silent_server, True, False),
    "database.statement_timeout": Effect(7 * SECOND, busy_timeout, 5000, 7000),
    "sessions.renewal": Effect(Renewal.ROTATING, has_a_successor, False, True),
    "sessions.coalesce": Effect(timedelta(), rotations_of_a_burst, 1, 3, ROTATING),
    "sessions.grace": Effect(
        HOUR,
        after_a_lost_answer(MINUTE),
        "another successor",
        "the same successor",
        ROTATING,
    ),
    "sessions.recoveries": Effect(
        0,
        after_a_lost_answer(MINUTE),
        "another successor",
        "refused",
        ROTATING,
    ),
    "sessions.idle": Effect(HOUR, refresh_after(2 * HOUR), 200, 401),
    "sessions.lifetime": Effect(HOUR, refresh_after(2 * HOUR), 200, 401),
    "sessions.support_lifetime": Effect(MINUTE, life_of_a_support_session, HOUR, MINUTE),
    "sessions.limit": Effect(1, two_log_ins, [200, 200, 200], [200, 200, 401]),
    "sessions.at_limit": Effect(
        AtLimit.REFUSE, two_log_ins, [200, 200, 401], [200, 409, 200], {"sessions.limit": 1}
    ),
    "sessions.retention": Effect(timedelta(), purged_a_day_after_its_life, 0, 1),
    "tokens.issuer": Effect(
        "https://id.example.com",
        lambda it: it.claim("iss"),
        "http://localhost:8080",
        "https://id.example.com",
    ),
    "tokens.audience": Effect("orders", lambda it: it.claim("aud"), "remint", "orders"),
    "tokens.client_id": Effect("web", lambda it: it.claim("client_id"), "remint", "web"),
    "tokens.tell_expiry": Effect(
        True,
        members_of_the_answers,
        [{"jwtToken", "refreshToken"}, {"jwtToken"}],
        [
            {"jwtToken", "refreshToken", "expiresIn", "sessionExpiresIn"},
            {"jwtToken", "expiresIn", "sessionExpiresIn"},
        ],
    ),
    "tokens.lifetime": Effect(MINUTE, seconds_of_a_jwt, 600, 60),
    "tokens.algorithm": Effect("EdDSA", algorithm, "ES256", "EdDSA"),
    "keys.rotate_after": Effect(DAY, keys_after_two_days, 1, 2),
    "keys.max_age": Effect(
        HOUR,
        cache_control_and_lead,
        ("public, max-age=300", 6 * MINUTE + 20 * SECOND),
        ("public, max-age=3600", HOUR + MINUTE + 20 * SECOND),
    ),
    "keys.clock_margin": Effect(
        timedelta(),
        lead_and_keys_after_the_last_jwt,
        (6 * MINUTE + 20 * SECOND, 2),
        (5 * MINUTE + 20 * SECOND, 1),
    ),
    "keys.reload": Effect(
        SECOND / 10,
        lead_and_keys_of_a_running_server,
        (6 * MINUTE + 20 * SECOND, 1),
        (6 * MINUTE + SECOND / 5, 2),
    ),
    "passwords.memory": Effect(20000, hashed_with("memory_cost"), 19456, 20000),
    "passwords.iterations": Effect(3, hashed_with("time_cost"), 2, 3),
    "passwords.parallelism": Effect(2, hashed_with("parallelism"), 1, 2),
    "passwords.concurrency": Effect(
        1, two_at_the_same_moment, [200, 200], [200, 503], {"passwords.waiting": 0}
    ),
    "passwords.waiting": Effect(
        0, two_at_the_same_moment, [200, 200], [200, 503], {"passwords.concurrency": 1}
    ),
    "throttle.per_account": Effect(1, after_two_failures, 200, 401),
    "throttle.per_source": Effect(1, after_two_failures, 200, 429),
    "throttle.window": Effect(MINUTE, after_two_failures, 401, 200, {"throttle.per_account": 1}),
    "dpop.required": Effect("new-sessions", log_in_without_proof, 200, 401),
    "dpop.nonce": Effect("required", log_in_with_a_proof_of, "", "nonceNeeded"),
    "dpop.max_age": Effect(
        timedelta(seconds=1), partial(log_in_with_a_proof_of, age=30), "", "expired"
    ),
    "metrics.enabled": Effect(False, lambda it: it.status_of("/metrics"), 200, 404),
    "metrics.path": Effect("/figures", lambda it: it.status_of("/figures"), 404, 200),
    "metrics.port": Effect(9, lambda it: it.status_of("/metrics"), 200, 404),
    "cors.origins": Effect((ORIGIN,), allowed_origin, None, ORIGIN),
}

BY_PROCESSES = {
    "server.host": __file__,
    "server.port": __file__,
    "server.workers": __file__,
    "server.shutdown": "tests/cluster/test_stopping.py",
    "server.notice": "tests/command_line/test_serving.py",
    "server.tls_certificate": "tests/command_line/test_serving.py",
    "server.tls_key": "tests/command_line/test_serving.py",
    "admin.port": "tests/service/end_to_end/test_admin_port.py",
    "admin.host": "tests/service/end_to_end/test_admin_port.py",
    "database.url": "tests/support/servers/deployment.py",
    "log.level": __file__,
    "log.format": __file__,
}
"""Settings of the process, each with the file that starts processes with another value."""

NAMES = [f"{section}.{name}" for section, of in sections().items() for name in settings_of(of)]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BY_PROCESSES])
@pytest.mark.parametrize("is_changed", [False, True], ids=["default", "changed"])
async def test_a_setting_has_its_effect(
    name: str, is_changed: bool, tmp_path: Path, logged: Captured
) -> None:
    effect = EFFECTS[name]
    values = {**effect.together_with, **({name: effect.changed} if is_changed else {})}
    seen = await effect.look(Trial(tmp_path, logged, values))
    assert seen == (effect.then if is_changed else effect.by_default)


def test_a_setting_that_is_gone_leaves_no_effect_behind() -> None:
    assert set(EFFECTS) | set(BY_PROCESSES) == set(NAMES)
    for name, file in BY_PROCESSES.items():
        assert f"REMINT_{name.replace('.', '_').upper()}" in Path(file).read_text(encoding="utf-8")


def test_a_process_follows_its_settings(tmp_path: Path) -> None:
    port, metrics_port = free_port(), free_port()
    settings = {
        "REMINT_SECRET": SECRET,
        "REMINT_SERVER_HOST": "127.0.0.2",
        "REMINT_SERVER_PORT": str(port),
        "REMINT_SERVER_WORKERS": "2",
        "REMINT_LOG_FORMAT": "console",
        "REMINT_LOG_LEVEL": "debug",
        "REMINT_METRICS_PORT": str(metrics_port),
    }
    env = environment(settings)
    with Process([*REMINT, "serve"], logs=tmp_path, name="remint", env=env, cwd=tmp_path) as remint:
        remint.wait_for_ok(f"http://127.0.0.2:{port}/health/ready", 60.0)
        assert httpx.get(f"http://127.0.0.2:{metrics_port}/metrics").status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/health/ready")
        started = "Application startup complete."
        remint.wait_for(lambda: remint.output.count(started) == 2, "two workers")
    assert not any(line.startswith("{") for line in remint.output.splitlines())
