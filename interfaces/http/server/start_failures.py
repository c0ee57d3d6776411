"""Owns how the application reports that it cannot start, to people and to the server's process."""

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from litestar.types import Message, Scope, Send

from domain.errors import Misconfigured
from interfaces.cli.failures import ExitCode, leaf, print_failure

EXIT_CODE = "exit_code"
"""Where the state of the lifespan has the exit code that `remint serve` ends with."""


def telling_why(scope: Scope, send: Send) -> Send:
    """Put a sentence, or the types and places of a crash, in place of a traceback."""

    async def send_without_text(message: Message) -> None:
        if message["type"] in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            error = sys.exception()
            if error is not None:
                _tell(error, scope)
            message = {**message, "message": ""}
        await send(message)

    return send_without_text


def _tell(error: BaseException, scope: Scope) -> None:
    known = leaf(error, Misconfigured)
    if known is None:
        structlog.get_logger("remint").error("crash", exc_info=error)
        return
    print_failure(known.explanation)
    state: MutableMapping[str, Any] = scope.setdefault("state", {})
    state[EXIT_CODE] = ExitCode.USAGE
