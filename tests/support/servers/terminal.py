"""A terminal with a program on it, and somebody who reads and types."""

import os
import pty
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self


class Terminal:
    """Runs a command on a terminal of its own; `shown` is all that it has shown so far."""

    def __init__(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._keyboard, screen = pty.openpty()
        self._popen = subprocess.Popen(
            command,
            stdin=screen,
            stdout=screen,
            stderr=screen,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
        os.close(screen)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)  # a shell's children, too
        self._popen.wait()
        os.close(self._keyboard)

    def type_after(self, prompt: str, line: str) -> None:
        """Wait for the prompt, so that the program is ready for what is typed."""
        while not self.shown.endswith(prompt):
            self._read()
        os.write(self._keyboard, f"{line}\n".encode())

    def exit_code(self) -> int:
        """Wait for the end, and see what is shown until then."""
        with suppress(OSError):  # the last one to write has hung up
            while self._read():
                pass
        return self._popen.wait()

    def _read(self) -> bytes:
        seen = os.read(self._keyboard, 4096)
        self.shown += seen.decode()
        return seen
