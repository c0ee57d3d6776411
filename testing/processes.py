"""Child processes: what they print, the signals they get, and their certain end."""

import contextlib
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import httpx
import psutil

from testing.privileges import Identity
from testing.waiting import port_is_open, wait_until


class Process:
    """A running command; its output goes to `NAME.out` and `NAME.err` in the folder `logs`.

    Signals that end or freeze reach its descendants too, those in other process groups included.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        logs: Path,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        identity: Identity | None = None,
    ) -> None:
        self.name = name or Path(command[0]).name
        self._out = logs / f"{self.name}.out"
        self._err = logs / f"{self.name}.err"
        # Appended, so that a restart keeps what was said before; in a session of its own, so that
        # Ctrl-C reaches the tests alone and they end their children in order.
        with self._out.open("ab") as out, self._err.open("ab") as err:
            self._popen = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=env,
                cwd=cwd,
                start_new_session=True,
                **(identity or {}),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def stdout(self) -> str:
        return self._out.read_text(errors="replace")

    @property
    def stderr(self) -> str:
        return self._err.read_text(errors="replace")

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._popen.poll()

    def wait(self, seconds: float = 30.0) -> int:
        return self._popen.wait(seconds)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._popen.send_signal(number)

    def terminate(self, seconds: float = 30.0) -> int:
        """Ask it to stop, wait, and give its exit code."""
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self) -> None:
        """SIGKILL the whole family at one moment, as a power failure would."""
        if self.exit_code is not None:
            return
        self._destroy(self.pause())

    def pause(self) -> list[psutil.Process]:
        """Freeze the family; the parent first, so that it makes no more children."""
        self.send(signal.SIGSTOP)
        family = self._family()
        for member in family:
            _send(member, signal.SIGSTOP)
        return family

    def resume(self) -> None:
        for member in self._family():
            _send(member, signal.SIGCONT)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Leave nothing running, whatever state it is in; killed if it does not stop in time."""
        if self.exit_code is None:
            self.resume()
            family = self._family()
            self.send(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.wait(5.0)
            self._destroy(family)

    def wait_for_port(self, port: int, seconds: float = 30.0) -> None:
        self.wait_for(lambda: port_is_open(port), f"{self.name} listening on {port}", seconds)

    def wait_for_ok(self, url: str, seconds: float = 30.0) -> None:
        """Wait until `url` answers 200."""
        self.wait_for(lambda: _answers_ok(url), f"{self.name} answering 200 at {url}", seconds)

    def wait_for(self, happens: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        """As `wait_until`, and fail at once when the process dies, with what it said."""

        def happens_or_died() -> bool:
            if self.exit_code is not None:
                raise ChildProcessError(f"{self.name} exited {self.exit_code}:\n{self.output}")
            return happens()

        try:
            wait_until(happens_or_died, what, seconds)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; it said:\n{self.output}") from None

    def _family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    def _destroy(self, family: list[psutil.Process]) -> None:
        for member in family:
            _send(member, signal.SIGKILL)
        self.wait()
        wait_until(lambda: all(map(_is_gone, family)), f"the end of {self.name}'s children")


def _send(member: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        member.send_signal(number)


def _is_gone(member: psutil.Process) -> bool:
    # An orphan stays a zombie until the system's first process collects it.
    try:
        return member.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _answers_ok(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1.0, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
