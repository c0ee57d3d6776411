"""Owns how identifiers are made from time and chance."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID


def random_id(entropy: Callable[[int], bytes]) -> UUID:
    """A random identifier that reveals nothing (UUID version 4, RFC 9562 section 5.4)."""
    return UUID(bytes=entropy(16), version=4)


def timed_id(now: datetime, entropy: Callable[[int], bytes]) -> UUID:
    """A random identifier that sorts by its millisecond (UUID version 7, RFC 9562 section 5.7)."""
    milliseconds = int(now.timestamp() * 1000)
    layout = bytearray(milliseconds.to_bytes(6, "big") + entropy(10))
    layout[6] = 0x70 | layout[6] & 0x0F
    layout[8] = 0x80 | layout[8] & 0x3F
    return UUID(bytes=bytes(layout))
