"""Owns how an explanation of msgspec's becomes a field and a fault, without a word of the input."""

import re
from collections.abc import Collection

from litestar.exceptions import ValidationException

from interfaces.http.wire.request_errors import Fault, InvalidRequest

# An explanation begins with words of msgspec's own. What was sent can follow only after them.
_FAULTS = (
    (re.compile(r"Object missing required field"), Fault.MISSING),
    (re.compile(r"Object contains unknown field"), Fault.UNKNOWN_FIELD),
    (re.compile(r"Expected `\w+` of length >="), Fault.TOO_SHORT),
    (re.compile(r"Expected `\w+` of length <="), Fault.TOO_LONG),
    (re.compile(r"Expected `\w+` [<>]"), Fault.OUT_OF_RANGE),
    (re.compile(r"Expected `\w+` matching regex"), Fault.MALFORMED),
    (re.compile(r"Expected `"), Fault.WRONG_TYPE),
    (re.compile(r"Invalid enum value"), Fault.UNKNOWN_VALUE),
)
_FIELD = re.compile(r"`(?:\$\.)?(\w+)")


def invalid_body(explanation: str, fields: Collection[str]) -> InvalidRequest:
    """The error for a body; of the explanation only the names in `fields` are published."""
    named = (name for name in _FIELD.findall(explanation) if name in fields)
    return InvalidRequest(next(named, ""), _fault(explanation))


def invalid_parameter(error: ValidationException) -> InvalidRequest:
    """The error for a parameter that the framework refuses; the name is one of the API's own."""
    found = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    name = str(found.get("key", ""))
    # `data` is the framework's word for the body.
    return InvalidRequest("" if name == "data" else name, _fault(str(found.get("message", ""))))


def _fault(explanation: str) -> Fault:
    faults = (fault for pattern, fault in _FAULTS if pattern.match(explanation))
    return next(faults, Fault.MALFORMED)
