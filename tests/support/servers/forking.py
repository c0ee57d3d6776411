"""Commands as child processes of one process that has loaded Remint already.

A command loads Remint for a second or two, and then works for a tenth of that. Here it is loaded
once, and every command is a fork of that process, with its own arguments, environment, directory
and streams. What a first start does differently is tried by tests that start servers and commands
themselves.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

LOADED = (
    *("config.main", "config.wiring.single_command", "config.commands.database"),
    *("config.commands.doctor", "config.commands.health", "config.commands.secret"),
    *("config.commands.settings", "interfaces.cli.clients", "interfaces.cli.keys"),
    *("interfaces.cli.sessions", "interfaces.cli.users", "alembic.command", "asyncpg"),
)
LONGEST_REQUEST = 1 << 20
LONGEST_ANSWER = 16
"""Bytes of a message: the command with its environment, and its exit code."""


class Forks:
    """The process that has loaded Remint, as this process sees it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel = ours
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.servers.forking", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=Path(__file__).parents[3],
            env=dict(env),
        )
        theirs.close()
        atexit.register(self.end)

    def end(self) -> None:
        self._channel.close()
        self._process.wait(30)

    def run(
        self, words: tuple[str, ...], *, folder: Path, env: Mapping[str, str], streams: list[int]
    ) -> int:
        """Run `remint` with these words to its end; its exit code.

        Args:
            words: the arguments.
            folder: where it runs.
            env: its whole environment.
            streams: file descriptors of standard input, output and error.
        """
        request = json.dumps([words, str(folder), dict(env)]).encode()
        socket.send_fds(self._channel, [request], streams)
        answer = self._channel.recv(LONGEST_ANSWER)
        if not answer:
            raise ChildProcessError("The process that forks commands has ended.")
        return int(answer)


def serve(channel: socket.socket) -> None:
    """Fork a command for each request, until the other side closes the channel."""
    for name in LOADED:
        import_module(name)
    while True:
        request, streams, *_ = socket.recv_fds(channel, LONGEST_REQUEST, 3)
        if not request:
            return
        words, folder, env = json.loads(request)
        child = os.fork()
        if child == 0:
            channel.close()
            os._exit(_run(words, folder, env, streams))
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(child, 0)
        channel.send(str(os.waitstatus_to_exitcode(status)).encode())


def _run(words: list[str], folder: str, env: dict[str, str], streams: list[int]) -> int:
    """Become the command. Its exit code, as Python itself would choose it."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    main: Any = import_module("config.main").main
    try:
        main(words, prog_name="remint")
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    else:
        code = 0
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
