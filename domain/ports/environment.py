"""Time, chance and the caller's patience: what a decision must not reach for by itself."""

from collections.abc import Awaitable, Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""The time now, aware, in UTC."""

Entropy = Callable[[int], bytes]
"""That many bytes from the operating system's CSPRNG (checklist T1)."""

StillWaiting = Callable[[], Awaitable[bool]]
"""Whether the caller still waits for this answer. A client that gave up on a request has closed its
connection, however late the request arrives here."""
