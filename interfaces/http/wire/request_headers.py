"""Owns which request headers change what a request means, and which values of them are understood.

A server ignores a header that it does not know, but must not ignore a header that changes the
meaning of the body or of the credentials. Such a header has a row in the table of the operations
that understand it, and nowhere else is that decided.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from interfaces.http.wire.request_errors import UnsupportedMediaType

Headers = Iterable[tuple[bytes, bytes]]
Table = Mapping[bytes, Callable[[bytes], bool]]
"""Header names, each with the test that its value has to pass."""

CONTENT_TYPE = b"content-type"
_UTF8_JSON = re.compile(rb'\s*application/json\s*(;\s*charset="?utf-?8"?\s*)?', re.IGNORECASE)


# A cache because clients send the same few values again and again.
@lru_cache(64)
def is_utf8_json(content_type: bytes) -> bool:
    """Whether the value names JSON, and no charset other than UTF-8."""
    return _UTF8_JSON.fullmatch(content_type) is not None


def is_identity(content_coding: bytes) -> bool:
    """Whether the value names no compression."""
    return content_coding.strip().lower() in (b"", b"identity")


JSON: Table = {CONTENT_TYPE: is_utf8_json, b"content-encoding": is_identity}
"""For operations with a JSON body."""


def require(headers: Headers, understood: Table) -> None:
    """Refuse a body whose headers are not understood; a repeated header has to pass every time.

    Raises:
        UnsupportedMediaType: another media type or none, another charset, or compressed.
    """
    has_type = False
    for name, value in headers:
        if name in understood:
            if not understood[name](value):
                raise UnsupportedMediaType
            has_type = has_type or name == CONTENT_TYPE
    if not has_type:
        raise UnsupportedMediaType
