"""Owns when a repeated failure is logged: when it begins, when it changes, seldom in between."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from domain.errors import RemintError, Unavailable

REMIND_AFTER = 600.0
"""Seconds after which a failure that has not changed is logged again."""

Why = dict[str, str]
"""The fields of a log line that tell one failure from another."""


@dataclass(slots=True)
class FailureLog:
    """The failures of activities that are repeated, such as the periodic tasks of a server."""

    clock: Callable[[], float] = time.monotonic
    _failing: dict[str, tuple[Why, float]] = field(default_factory=dict)
    """Activity → why it fails now, and when that was logged last."""

    def failed(self, event: str, activity: str, error: Exception) -> None:
        """Log the failure, unless it is known and was logged a short while ago."""
        why, now = _why(error), self.clock()
        known, logged_at = self._failing.get(activity, (None, now))
        if why == known and now - logged_at < REMIND_AFTER:
            return
        self._failing[activity] = why, now
        crash = None if isinstance(error, RemintError) else error
        log = structlog.get_logger("remint.housekeeping")
        log.warning(event, task=activity, exc_info=crash, **why)

    def succeeded(self, activity: str) -> None:
        """Note that the activity works; logged if it failed before."""
        if self._failing.pop(activity, None) is not None:
            structlog.get_logger("remint.housekeeping").info("taskSucceeded", task=activity)


def _why(error: Exception) -> Why:
    if isinstance(error, Unavailable):
        why = {"reason": error.reason, "code": error.code, "explanation": error.explanation}
        return {name: text for name, text in why.items() if text or name != "explanation"}
    return {"reason": str(error) if isinstance(error, RemintError) else type(error).__name__}
