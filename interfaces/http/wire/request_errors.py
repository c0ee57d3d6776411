"""Owns the errors that this interface raises before, or instead of, calling a use case."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum


class MalformedJson(Exception):
    """The body is not JSON in UTF-8, or repeats a name within one object."""


class Fault(StrEnum):
    """Why a field is refused."""

    MISSING = "missing"
    WRONG_TYPE = "wrongType"
    TOO_SHORT = "tooShort"
    TOO_LONG = "tooLong"
    OUT_OF_RANGE = "outOfRange"
    UNKNOWN_VALUE = "unknownValue"
    MALFORMED = "malformed"
    UNKNOWN_FIELD = "unknownField"
    OUTSIDE_TERMS = "outsideTerms"
    REPEATED = "repeated"


class InvalidRequest(Exception):
    """The body is well-formed JSON, or the query well-formed, with a field that is refused."""

    def __init__(self, field: str = "", fault: Fault = Fault.WRONG_TYPE) -> None:
        """`field` is empty where the body as a whole is at fault."""
        super().__init__()
        self.field = field
        self.fault = fault


class UnsupportedMediaType(Exception):
    """The body is not of the operation's media type in UTF-8, without content coding."""


class UnsupportedGrantType(Exception):
    """The token endpoint does not know the grant type (RFC 6749 section 5.2)."""


class UnsupportedHeader(Exception):
    """The request has a header that would change its meaning, with a value that is not understood.

    The status is 400, not 401, because no other credentials would help, and because clients take
    401 for the end of the session.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class BodyTooLarge(Exception):
    """The body is longer than the settings allow."""


class BodyTooSlow(Exception):
    """The body did not arrive in time."""


class HeadTooLarge(Exception):
    """The head of the request, its headers included, is longer than this server reads."""


class HeadTooSlow(Exception):
    """The head of the request did not arrive in time."""


class OriginNotAllowed(Exception):
    """A preflight request asks for an origin, a method or a header that pages cannot have."""


class UnsupportedVersion(Exception):
    """The request line names another version than HTTP/1.1 or HTTP/1.0."""


class UnsupportedTransferCoding(Exception):
    """The body is transferred in another coding than `chunked`."""


class ClientGone(Exception):
    """The client closed the connection; nobody reads the answer."""


class NotReady(Exception):
    """The instance must not receive requests now."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__()
        self.problems = problems
        self.retry_after = timedelta(seconds=5)
