"""A server as a child process."""

from collections.abc import Mapping
from pathlib import Path

from testing.processes import Process
from testing.waiting import free_port
from tests.support.servers.command import REMINT, environment


class ServerProcess(Process):
    """`remint serve` on a port of its own, started in `folder`, where its logs go as well.

    Settings come from `settings` alone: the tests' own environment says nothing about Remint.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str],
        *,
        arguments: tuple[str, ...] = (),
        port: int | None = None,
        name: str = "remint",
    ) -> None:
        self.port = port or free_port()
        self.folder = folder
        address = ("--host", "127.0.0.1", "--port", str(self.port))
        super().__init__(
            [*REMINT, "serve", *address, *arguments],
            logs=folder,
            name=name,
            env=environment(settings),
            cwd=folder,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self, seconds: float = 60.0) -> None:
        self.wait_for_ok(f"{self.url}/health/ready", seconds)
