"""Owns what is known of the request being answered: whose it is, and how it comes out."""

import random
import re
from contextvars import ContextVar
from typing import Any

from litestar.types import Scope

UNMATCHED = "unmatched"
"""The route of a request without a matching route; paths are never shown."""
UNANSWERED = 499
"""The status of a request whose client left before there was an answer, as nginx has it."""
LONGEST_USER_AGENT = 200
"""Bytes that are logged, and stored with a session."""
COUNTS_REFRESHES = "counts_refreshes"
"""The option of a route whose requests are refreshes."""

# Shorter than any of our tokens, so that none can be smuggled into the log as an id.
_is_request_id = re.compile(rb"[A-Za-z0-9._-]{1,64}").fullmatch
_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)

_random = random.Random()  # noqa: S311 - ids, no secrets


class Exchange:
    """One request and its answer as operators see them: no path, no query, no body, no secret.

    `cause` is the word for why it came out as it did: a rule's, a refusal's or an error's.
    """

    __slots__ = (
        *("cause", "client_address", "method", "request_id", "route"),
        *("scope", "seconds", "status", "trace_id"),
    )

    def __init__(self, scope: Any, client_address: str) -> None:
        request_id, trace_id = _ids(scope)
        self.scope = scope
        self.method: str = scope["method"]
        self.client_address = client_address
        # No secret, and drawn without a system call.
        self.trace_id = trace_id or f"{_random.getrandbits(128):032x}"
        self.request_id = request_id or self.trace_id
        self.status = UNANSWERED
        self.seconds = 0.0
        self.cause = ""
        self.route = UNMATCHED

    def is_over(self, seconds: float) -> None:
        """Note how long it took, and which route it was: that is known once it was routed."""
        self.seconds = seconds
        self.route = self.scope.get("path_template") or UNMATCHED

    @property
    def is_refresh(self) -> bool:
        """Whether the route that answers is one that refreshes."""
        handler = self.scope.get("route_handler")
        return handler is not None and COUNTS_REFRESHES in handler.opt

    @property
    def outcome(self) -> str:
        return "success" if self.status < 400 else "failure"

    def identity(self) -> dict[str, str]:
        """The fields that every log line of this request has."""
        return {
            "request_id": self.request_id,
            "trace_id": self.trace_id,
            "client_address": self.client_address,
            "user_agent": self.user_agent(),
        }

    def user_agent(self) -> str:
        """The User-Agent, shortened and printable; empty where there is none."""
        headers = self.scope["headers"]
        raw = next((value for name, value in headers if name == b"user-agent"), b"")
        text = raw[:LONGEST_USER_AGENT].decode("latin-1")
        return "".join(letter if letter.isprintable() else "?" for letter in text)


CURRENT: ContextVar[Exchange] = ContextVar("exchange")


def log_context() -> dict[str, str]:
    """What log lines say of the request being answered; nothing beside requests."""
    exchange = CURRENT.get(None)
    return exchange.identity() if exchange is not None else {}


def note_cause(word: str) -> None:
    """Note why the request being answered comes out as it does."""
    exchange = CURRENT.get(None)
    if exchange is not None:
        exchange.cause = word


def _ids(scope: Scope) -> tuple[str, str]:
    """The request id and the trace id that the request brings; empty where it brings no good one.

    https://www.w3.org/TR/trace-context/#traceparent-header: a bad traceparent is ignored.
    """
    request_id = trace_id = ""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _is_request_id(value):
            request_id = value.decode()
        elif name == b"traceparent" and (parent := _TRACEPARENT.fullmatch(value)):
            trace_id = parent[1].decode()
    return request_id, trace_id
