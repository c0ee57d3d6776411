"""Runs HAProxy with the published configuration."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from testing.middlemen import haproxy
from testing.waiting import free_port

PUBLISHED = Path(__file__).parents[1] / "deploy/haproxy/haproxy.cfg"


@contextmanager
def published_haproxy(folder: Path, ports: Sequence[int]) -> Iterator[int]:
    """Yield the port of an HAProxy in front of the two instances; only addresses differ."""
    port, config = free_port(), PUBLISHED.read_text()
    for documented, real in zip((":8088", ":8080", ":8081"), (port, *ports), strict=True):
        assert config.count(documented) == 1
        config = config.replace(documented, f":{real}")
    with haproxy(config, port=port, folder=folder):
        yield port
