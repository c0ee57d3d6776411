"""Waiting with a bound, and finding ports to wait for."""

import random
import socket
import time
from collections.abc import Callable
from contextlib import closing


def wait_until(happens: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
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
    """A port that nobody listens on, below the range from which systems take outgoing ports.

    So a server that is down for a while finds its port still free when it comes back.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("100 ports tried, none is free")
