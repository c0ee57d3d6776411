"""Owns the text of the metrics for Prometheus, from one process or several."""

import os
import re
from pathlib import Path

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which processes share metrics. The first import of
prometheus_client reads the variable."""

VERSIONS = frozenset({"0.0.1", "0.0.4", "1.0.0"})
"""The versions of the two text formats that Prometheus asks for."""


def new_registry() -> CollectorRegistry:
    """The registry of this process's metrics."""
    registry = CollectorRegistry()
    if SHARED_FOLDER in os.environ:
        # An earlier process with the same number can have left its gauges.
        _forget(os.getpid(), os.environ[SHARED_FOLDER])
    else:
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
    return registry


class Exposition:
    """The text that Prometheus scrapes, for all processes of this server."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._folder = os.environ.get(SHARED_FOLDER)

    def __call__(self, accept: str) -> tuple[bytes, str]:
        """The text, and its media type, in the form that an Accept header asks for."""
        encode, media_type = choose_encoder(_understood(accept))
        return encode(self._collected()), media_type

    def _collected(self) -> CollectorRegistry:
        if self._folder is None:
            return self._registry
        _forget_the_dead(Path(self._folder))
        shared = CollectorRegistry()
        MultiProcessCollector(shared, self._folder)
        return shared


def _understood(accept: str) -> str:
    """The header without versions that are no number: the library crashes on them, and echoes them.

    A media type without a version gets the library's default.
    """
    return ",".join(
        ";".join(part for part in media_range.split(";") if not _is_unknown_version(part))
        for media_range in accept.split(",")
    )


def _is_unknown_version(parameter: str) -> bool:
    name, _, value = parameter.strip().partition("=")
    return name == "version" and value not in VERSIONS


def _forget_the_dead(folder: Path) -> None:
    """Remove the gauges of a process that no longer runs."""
    numbers = {re.search(r"_(\d+)\.db$", file.name) for file in folder.glob("gauge_live*.db")}
    for found in numbers:
        if found and not _is_alive(int(found[1])):
            _forget(int(found[1]), str(folder))


def _forget(process: int, folder: str) -> None:
    mark_process_dead(process, folder)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
