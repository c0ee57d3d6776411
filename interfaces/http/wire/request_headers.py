"""Owns which request headers change what a request means, and which values of them are understood.

A server ignores a header that it does not know, but must not ignore a header that changes the
meaning of the body or of the credentials. Such a header has a row in the table of the operations
that understand it, and nowhere else is that decided. A header that Remint does not understand yet,
but that a client sends in good faith to be protected by it, has a row that no value passes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from interfaces.http.wire.request_errors import UnsupportedHeader, UnsupportedMediaType

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """The test that a header's value has to pass, and the error for every other value."""

    is_understood: Callable[[bytes], bool]
    error: Callable[[], Exception]


Table = Mapping[bytes, HeaderRule]
"""Header names, each with its row."""

CONTENT_TYPE = b"content-type"
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rb'(?:%b|"(?:[^"\\]|\\.)*")' % _TOKEN
# RFC 9110 sections 5.6.6 and 8.3.1: a parameter can be missing between two semicolons.
_JSON_TYPE = re.compile(rb"[ \t]*application/json[ \t]*", re.IGNORECASE)
_FORM_TYPE = re.compile(rb"[ \t]*application/x-www-form-urlencoded[ \t]*", re.IGNORECASE)
_PARAMETER = re.compile(rb";[ \t]*(?:(%b)=(%b))?[ \t]*" % (_TOKEN, _VALUE))
_UTF8 = frozenset({b"utf-8", b"utf8"})


# A cache because clients send the same few values again and again.
@lru_cache(64)
def is_utf8_json(content_type: bytes) -> bool:
    """Whether the value names JSON, and no charset other than UTF-8; other parameters are unknown.

    RFC 8259 section 11 defines no parameter, and RFC 9110 lets a recipient ignore unknown ones.
    """
    return _is_utf8(_JSON_TYPE, content_type)


@lru_cache(64)
def is_utf8_form(content_type: bytes) -> bool:
    """Whether the value names a form, and no charset other than UTF-8 (RFC 6749 appendix B)."""
    return _is_utf8(_FORM_TYPE, content_type)


def _is_utf8(media_type: re.Pattern[bytes], content_type: bytes) -> bool:
    found = media_type.match(content_type)
    while found is not None and found.end() < len(content_type):
        found = _PARAMETER.match(content_type, found.end())
        if found is not None and (found[1] or b"").lower() == b"charset":
            value = re.sub(rb"\\(.)", rb"\1", found[2].strip(b'"'))
            found = found if value.lower() in _UTF8 else None
    return found is not None


def is_identity(content_coding: bytes) -> bool:
    """Whether the value names no compression."""
    return content_coding.strip().lower() in (b"", b"identity")


def is_known_credential(authorization: bytes) -> bool:
    """Whether the value is a client's credential, which is read, or adds none to the body's.

    A JWT adds none, and browser code sends one with every request.
    """
    return authorization.partition(b" ")[0].lower() in (b"", b"bearer", b"basic")


def never(value: bytes) -> bool:
    """No value is understood."""
    return False


PROOF: Table = {b"dpop": HeaderRule(never, lambda: UnsupportedHeader("DPoP"))}
"""For every operation that reads a credential. A proof of possession (RFC 9449) that was ignored
would leave its client with a token that anybody can use."""

JSON: Table = {
    CONTENT_TYPE: HeaderRule(is_utf8_json, UnsupportedMediaType),
    b"content-encoding": HeaderRule(is_identity, UnsupportedMediaType),
    **PROOF,
}
"""For operations with a JSON body."""

JSON_WITH_CREDENTIALS: Table = {
    **JSON,
    b"authorization": HeaderRule(is_known_credential, lambda: UnsupportedHeader("Authorization")),
}
"""For operations with a JSON body that holds the password or the refresh token, and which read the
credentials of a client."""


FORM: Table = {
    **JSON_WITH_CREDENTIALS,
    CONTENT_TYPE: HeaderRule(is_utf8_form, UnsupportedMediaType),
}
"""For operations with a form that holds a token, and which read the credentials of a client."""


def without_proof(table: Table) -> Table:
    """The same table for an operation that verifies proofs of possession itself."""
    return {name: rule for name, rule in table.items() if name not in PROOF}


JSON_WITH_PROOF = without_proof(JSON_WITH_CREDENTIALS)
FORM_WITH_PROOF = without_proof(FORM)


def require(headers: Headers, understood: Table) -> None:
    """Refuse a request with a header that is not understood, or without a Content-Type with a row.

    A repeated header has to pass every time.

    Raises:
        UnsupportedMediaType: another media type or none, another charset, or compressed.
        UnsupportedHeader: a proof or a credential that the operation does not read.
    """
    lacks_type = CONTENT_TYPE in understood
    for name, value in headers:
        if name in understood:
            if not understood[name].is_understood(value):
                raise understood[name].error()
            lacks_type = lacks_type and name != CONTENT_TYPE
    if lacks_type:
        raise UnsupportedMediaType
