"""The service itself as a child process."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from testing.processes import Process
from testing.waiting import free_port


class RemintServer(Process):
    """`remint serve` on a port of its own, started in `folder`, where its logs go as well.

    Settings come from `env` alone: what the tests' own environment says about Remint is left out.
    """

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        arguments: tuple[str, ...] = (),
        port: int | None = None,
        name: str = "remint",
    ) -> None:
        self.port = port or free_port()
        self.folder = folder
        where = ("--host", "127.0.0.1", "--port", str(self.port))
        super().__init__(
            [sys.executable, "-m", "config.main", "serve", *where, *arguments],
            logs=folder,
            name=name,
            env=environment(env),
            cwd=folder,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self, seconds: float = 15.0) -> None:
        self.wait_for_ok(f"{self.url}/health/ready", seconds)


def remint_once(
    folder: Path, env: Mapping[str, str], *words: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one `remint` command to its end; `typed` is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "config.main", *words],
        input=typed,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(env),
        timeout=60,
        check=False,
    )


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The tests' own environment, with these settings and no others."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith("REMINT_")}
    return outside | dict(settings)
