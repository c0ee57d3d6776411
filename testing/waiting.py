"""Waiting with a bound, and finding ports to wait for."""

import os
import random
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Timer

_held: deque[int] = deque()


def wait_until(happens: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Return as soon as `happens`; raise TimeoutError naming `what` if it does not."""
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.01)


def port_is_open(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that no other program and no later call gets while it is among the last 200.

    The port lies below the range from which systems take outgoing ports. A server that sets
    SO_REUSEADDR, as servers do, can listen on it, and again after a restart.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        holder = socket.socket()
        try:
            holder.bind(("127.0.0.1", port))  # refused wherever somebody else has the port
        except OSError:
            holder.close()
            continue
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _held.append(holder.detach())  # without an object, whose end would be a warning
        if len(_held) > 200:
            os.close(_held.popleft())
        return port
    raise RuntimeError("100 ports tried, none is free")


@contextmanager
def after(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Do something that much later, and by the end at the latest: nothing is left to happen."""
    timer = Timer(seconds, act)
    timer.start()
    try:
        yield
    except BaseException:
        timer.cancel()
        raise
    finally:
        timer.join()
