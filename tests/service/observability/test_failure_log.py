"""A failure that repeats is logged when it begins, when it changes, and seldom in between."""

from structlog.testing import capture_logs

from domain.errors import Misconfigured, Unavailable
from interfaces.failure_log import REMIND_AFTER, FailureLog

OUTAGE = Unavailable("databaseUnavailable", explanation="Nothing listens.", code="ECONNREFUSED")
REFUSAL = Misconfigured("databaseUnavailable", explanation="Wrong password.", code="28P01")


def test_a_failure_is_logged_once_with_its_code_and_explanation() -> None:
    now = [0.0]
    log = FailureLog(lambda: now[0])
    with capture_logs() as lines:
        for error in (OUTAGE, OUTAGE, REFUSAL, REFUSAL):
            log.failed("taskFailed", "keyRing", error)
        now[0] = REMIND_AFTER
        log.failed("taskFailed", "keyRing", REFUSAL)
        log.succeeded("keyRing")
        log.succeeded("keyRing")
    assert [(line["event"], line.get("code")) for line in lines] == [
        ("taskFailed", "ECONNREFUSED"),
        ("taskFailed", "28P01"),
        ("taskFailed", "28P01"),
        ("taskSucceeded", None),
    ]
    assert lines[1]["explanation"] == "Wrong password."


def test_a_start_and_the_task_that_repeats_it_share_one_failure() -> None:
    log = FailureLog()
    with capture_logs() as lines:
        log.failed("startedUnready", "schemaAndKeys", OUTAGE)
        log.failed("taskFailed", "schemaAndKeys", OUTAGE)
    assert [line["event"] for line in lines] == ["startedUnready"]
