"""Owns how the product's identifiers are made from time and chance."""

from datetime import datetime
from uuid import UUID

from domain.ports.environment import Entropy


def random_id(entropy: Entropy) -> UUID:
    """A random identifier that says nothing and is never drawn twice (RFC 9562 section 5.4)."""
    return UUID(bytes=entropy(16), version=4)


def timed_id(now: datetime, entropy: Entropy) -> UUID:
    """A random identifier that sorts by the millisecond of its making (RFC 9562 section 5.7)."""
    milliseconds = int(now.timestamp() * 1000)
    layout = bytearray(milliseconds.to_bytes(6, "big") + entropy(10))
    layout[6] = 0x70 | layout[6] & 0x0F
    layout[8] = 0x80 | layout[8] & 0x3F
    return UUID(bytes=bytes(layout))
