"""Servers under load: real processes on free ports of loopback, and what they use."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from testing.processes import Process
from testing.waiting import free_port

PYTHON = str(Path(os.environ.get("BENCHMARKS_PYTHON", sys.executable)).absolute())
"""What runs the servers: an environment without the tools for development, if one is named."""

LEAN_UVICORN = (
    "--loop=uvloop",
    "--http=httptools",
    "--no-access-log",
    "--no-server-header",
    "--no-date-header",
    "--no-proxy-headers",
    "--log-level=warning",
)


@dataclass(frozen=True, slots=True)
class Server:
    """How to start something that listens on `{port}`."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    def start(self, logs: Path) -> "Running":
        port = free_port()
        settings = {k: v for k, v in os.environ.items() if not k.startswith("REMINT_")}
        process = Process(
            [word.replace("{port}", str(port)) for word in self.command],
            logs=logs,
            name=self.name,
            env=settings | {k: v.replace("{port}", str(port)) for k, v in self.environment.items()},
            cwd=self.folder,
        )
        running = Running(process, port)
        try:
            process.wait_for_port(port, 60.0)
        except BaseException:
            running.stop()
            raise
        return running


@dataclass(frozen=True, slots=True)
class Running:
    """A started server: where it listens, what it has used, and its end."""

    process: Process
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """CPU time of the server and all it has started."""
        return sum(sum(member.cpu_times()[:2]) for member in self._family())

    def resident_megabytes(self) -> float:
        """Resident memory of the largest process: a worker, where there are workers."""
        return max(member.memory_info().rss for member in self._family()) / 1e6

    def stop(self) -> None:
        self.process.end()

    def _family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]


def uvicorn(name: str, application: str, environment: Mapping[str, str] | None = None) -> Server:
    """One worker of an application of this checkout, as lean as uvicorn gets."""
    command = (PYTHON, "-m", "uvicorn", application, "--port={port}", *LEAN_UVICORN)
    return Server(name, command, environment or {})
