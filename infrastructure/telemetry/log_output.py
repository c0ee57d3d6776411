"""Owns the writing of log lines, which never waits for a reader and never fails."""

import contextlib
import os
import select
import socket
import stat
from typing import BinaryIO, Protocol

PART = 4096
"""Bytes that a pipe which is ready takes at once and as a whole (PIPE_BUF of Linux)."""


class Destination(Protocol):
    """Where log lines go."""

    def write(self, data: bytes) -> int:
        """Write without waiting.

        Returns:
            How many bytes were written; 0 if the reader is too slow.

        Raises:
            OSError: the disk is full, or the reader is gone.
        """
        ...


class FileDestination:
    """A file or a terminal by its descriptor. On a pipe, give no more than PART at once."""

    def __init__(self, descriptor: int) -> None:
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        self._descriptor = _opened_without_waiting(descriptor) if is_pipe else descriptor
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLOUT)

    def write(self, data: bytes) -> int:
        """See Destination."""
        with contextlib.suppress(BlockingIOError):
            return os.write(self._descriptor, data) if self._poll.poll(0) else 0
        return 0


class SocketDestination:
    """A connected socket by its descriptor, as systemd gives one to its services."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> int:
        """See Destination."""
        out = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=self._descriptor)
        try:
            return out.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0
        finally:
            out.detach()  # because the descriptor is not this object's to close


class BufferDestination:
    """A stream without a descriptor."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        """See Destination."""
        self._out.write(data)
        self._out.flush()
        return len(data)


class Nowhere:
    """The output of a process that was started with a closed standard output."""

    def write(self, data: bytes) -> int:
        """See Destination: forget the data."""
        return len(data)


def destination(out: BinaryIO | None) -> Destination:
    """The destination that a stream writes to; what the stream has buffered is written first."""
    if out is None:
        return Nowhere()
    try:
        descriptor = out.fileno()
    except (OSError, ValueError, AttributeError):
        return BufferDestination(out)
    with contextlib.suppress(OSError):
        out.flush()
    is_socket = stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    return SocketDestination(descriptor) if is_socket else FileDestination(descriptor)


def _opened_without_waiting(pipe: int) -> int:
    """The pipe, opened again: the flag on the pipe itself would hold for its other writers too."""
    with contextlib.suppress(OSError):
        return os.open(f"/proc/self/fd/{pipe}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    return pipe
