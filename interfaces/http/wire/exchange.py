"""Owns the record of the request being answered, and of its answer."""

import random
import re
from contextvars import ContextVar
from typing import Any

UNMATCHED = "unmatched"
"""The route of a request without a matching route; paths are never shown."""
UNANSWERED = 499
"""The status of a request whose client left before there was an answer, as nginx has it."""
LONGEST_USER_AGENT = 200
"""Bytes that are logged, and stored with a session."""
COUNTS_REFRESHES = "counts_refreshes"
"""The option of a route whose requests are refreshes."""

# Shorter than every token, so that no token can enter the log as an id.
_is_request_id = re.compile(rb"[A-Za-z0-9._-]{1,64}").fullmatch
_is_traceparent = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
).fullmatch

_random_bits = random.Random().getrandbits  # noqa: S311 - ids, no secrets


class Exchange:
    """One request and its answer as operators see them: no path, no query, no body, no secret.

    `cause` is the word of the rule, the refusal or the error that decided the answer.
    """

    __slots__ = (
        *("cause", "client_address", "method", "opens_session", "request_id", "route"),
        *("scope", "seconds", "status", "trace_id"),
    )

    def __init__(self, scope: Any, client_address: str) -> None:
        request_id = trace_id = ""
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _is_request_id(value):
                request_id = value.decode()
            # W3C Trace Context: a malformed traceparent is ignored.
            elif name == b"traceparent" and (parent := _is_traceparent(value)):
                trace_id = parent[1].decode()
        self.scope = scope
        self.method: str = scope["method"]
        self.client_address = client_address
        # No secret, and drawn without a system call.
        self.trace_id = trace_id or f"{_random_bits(128):032x}"
        self.request_id = request_id or self.trace_id
        self.status = UNANSWERED
        self.seconds = 0.0
        self.cause = ""
        self.opens_session = False
        self.route = UNMATCHED

    def is_over(self, seconds: float) -> None:
        """Note the duration, and the route, which is known once the request was routed."""
        self.seconds = seconds
        self.route = self.scope.get("path_template") or UNMATCHED

    @property
    def is_refresh(self) -> bool:
        """Whether the route that answers is one that refreshes, and the request is no log-in."""
        handler = self.scope.get("route_handler")
        return handler is not None and COUNTS_REFRESHES in handler.opt and not self.opens_session

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
        return printable(raw[:LONGEST_USER_AGENT].decode("latin-1"))


def printable(text: str) -> str:
    """The text with `?` in place of everything that no terminal, log or database is to meet."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


CURRENT: ContextVar[Exchange] = ContextVar("exchange")


def log_context() -> dict[str, str]:
    """The log fields of the request being answered; empty outside of requests."""
    exchange = CURRENT.get(None)
    return exchange.identity() if exchange is not None else {}


def note_cause(word: str) -> None:
    """Note the cause of the answer to the request being answered."""
    exchange = CURRENT.get(None)
    if exchange is not None:
        exchange.cause = word


def note_opening() -> None:
    """Note that the request being answered opens a session, on a route that refreshes as well."""
    exchange = CURRENT.get(None)
    if exchange is not None:
        exchange.opens_session = True
