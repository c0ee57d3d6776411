"""Time, chance and the caller's patience, which decisions are given as arguments."""

from collections.abc import Awaitable, Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""The time now, aware, in UTC."""

Entropy = Callable[[int], bytes]
"""That many bytes from the operating system's CSPRNG."""

StillWaiting = Callable[[], Awaitable[bool]]
"""Whether the caller still waits for this answer. A client that gave up on a request has closed its
connection, however late the request arrives."""
