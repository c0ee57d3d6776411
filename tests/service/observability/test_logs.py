"""The log stream: one pipeline for everything, and no exception says what it held."""

import logging
from typing import Any

import pytest
import structlog
from litestar.types import Receive, Scope, Send

from domain.actors import OWNER, Actor
from domain.causes import LoginFailure
from domain.events import LoggedOutEverywhere, LoginFailed, RotationLost, UserDisabled
from infrastructure.telemetry.audit_log import AuditLog
from interfaces.http.server.headers import ResponseHeaders
from interfaces.http.server.observability import ObservabilityMiddleware
from interfaces.http.wire.client_address import TrustedProxies
from tests.support.fakes.builders import NOON, a_user
from tests.support.fakes.log_capture import Captured

CANARY = "rmt1_c4n4ry"


def test_a_line_is_json_with_time_level_and_event_first(logged: Captured) -> None:
    logged.set_up("info")
    structlog.get_logger("remint").info("started", port=8080)
    [line] = logged.lines
    assert list(line) == ["timestamp", "level", "event", "port"]
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(("level", "shown"), [("debug", 4), ("info", 3), ("error", 1)])
def test_the_level_is_a_setting(logged: Captured, level: str, shown: int) -> None:
    logged.set_up(level)
    log = structlog.get_logger("remint")
    for write in (log.debug, log.info, log.warning, log.error):
        write("something")
    assert len(logged.lines) == shown


def test_auto_means_json_where_nobody_watches(logged: Captured) -> None:
    assert logged.set_up(form="auto").is_json


@pytest.mark.proves("S3")
def test_people_get_readable_lines_without_a_way_to_forge_one(logged: Captured) -> None:
    logged.set_up(form="console")
    forged = "x\n2026-06-01 [error] forged\x1b[31m"
    structlog.get_logger("remint").info("refused", user_agent=forged)
    assert logged.text.count("\n") == 1
    assert "refused" in logged.text
    assert "\x1b" not in logged.text


def test_the_server_and_libraries_log_through_the_same_pipeline(logged: Captured) -> None:
    logged.set_up("debug")
    logging.getLogger("uvicorn.error").info("Application startup complete.")
    logging.getLogger("some.library").warning("%s is odd", "it")
    assert [(line["level"], line["event"], line["logger"]) for line in logged.lines] == [
        ("info", "Application startup complete.", "uvicorn.error"),
        ("warning", "it is odd", "some.library"),
    ]


@pytest.mark.proves("S1")
def test_drivers_do_not_log_statements_and_values_even_at_debug(logged: Captured) -> None:
    logged.set_up("debug")
    for name in ("aiosqlite", "sqlalchemy.engine.Engine", "asyncio", "alembic"):
        logging.getLogger(name).info("executing %s", CANARY)
    assert logged.raw == b""


@pytest.mark.proves("S1")
def test_the_servers_own_access_log_is_off(logged: Captured) -> None:
    logged.set_up("debug")
    access = logging.getLogger("uvicorn.access")
    access.info('127.0.0.1 - "GET /?token=%s HTTP/1.1" 200', CANARY)
    assert logged.raw == b""
    assert not access.hasHandlers()


@pytest.mark.proves("S1")
def test_an_exception_is_told_by_type_and_place_never_by_its_words(logged: Captured) -> None:
    logged.set_up("debug")
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as cause:
            raise RuntimeError(f"could not read {CANARY}") from cause
    except RuntimeError as error:
        structlog.get_logger("remint").exception("taskFailed")
        logging.getLogger("asyncio").error("Task exception was never retrieved", exc_info=error)
    assert CANARY.encode() not in logged.raw
    assert len(logged.lines) == 2
    for line in logged.lines:
        assert line["errors"] == ["RuntimeError", "KeyError"]
        assert "test_logs.py" in line["at"][0]


def test_a_chain_of_exceptions_that_bites_its_own_tail_is_told_once(logged: Captured) -> None:
    logged.set_up("info")
    first, second = RuntimeError(), KeyError()
    first.__cause__, second.__context__ = second, first
    structlog.get_logger("remint").error("taskFailed", exc_info=first)
    assert logged.lines[0]["errors"] == ["RuntimeError", "KeyError"]


@pytest.mark.proves("S1")
def test_a_value_of_unknown_kind_is_shown_by_its_type_alone(logged: Captured) -> None:
    class Holder:
        def __str__(self) -> str:
            return CANARY

        __repr__ = __str__

    logged.set_up("debug")
    structlog.get_logger("remint").info("odd", value=Holder())
    structlog.get_logger("remint").info("odd", value=Holder(), text="\ud800")
    assert [line["value"] for line in logged.lines] == ["<Holder>", "<Holder>"]
    assert CANARY.encode() not in logged.raw


@pytest.mark.proves("S2")
def test_audit_events_are_marked_and_alerts_are_warnings(logged: Captured) -> None:
    logged.set_up("info")
    audit = AuditLog()
    audit(LoginFailed(at=NOON, cause=LoginFailure.UNKNOWN_USER))
    audit(RotationLost(at=NOON, generation=3, stored_generation=1))
    failed, lost = logged.lines
    assert (failed["level"], lost["level"]) == ("info", "warning")
    assert failed["audit"] is lost["audit"] is lost["alert"] is True
    assert (failed["outcome"], failed["cause"]) == ("failure", "unknownUser")
    assert (failed["actor"], lost["actor"]) == ("presenter", "server")


def test_audit_events_name_their_actor(logged: Captured) -> None:
    logged.set_up("info")
    audit, user = AuditLog(), a_user()
    audit(UserDisabled.by(Actor.operator("ada"), user, at=NOON))
    audit(LoggedOutEverywhere.by(OWNER, user, at=NOON))
    by_operator, by_owner = logged.lines
    assert (by_operator["actor"], by_operator["actor_name"]) == ("operator", "ada")
    assert by_owner["actor"] == "owner"
    assert "actor_name" not in by_owner


async def broken_start(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        raise RuntimeError(CANARY)
    except RuntimeError:
        # Litestar's types know no answers of lifespans.
        failed: Any = {"type": "lifespan.startup.failed", "message": f"RuntimeError: {CANARY}"}
        await send(failed)


@pytest.mark.proves("S1")
@pytest.mark.anyio
async def test_a_start_that_fails_is_told_by_type_and_place_too(logged: Captured) -> None:
    logged.set_up("info")
    sent = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise NotImplementedError

    lifespan: Any = {"type": "lifespan"}
    await ObservabilityMiddleware(broken_start, TrustedProxies(()), ResponseHeaders())(
        lifespan, receive, send
    )
    assert sent == [{"type": "lifespan.startup.failed", "message": ""}]
    assert logged.lines[0]["errors"] == ["RuntimeError"]
    assert CANARY.encode() not in logged.raw
