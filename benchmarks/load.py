"""Load: what a request looks like, and wrk sending it for a while over many connections."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from testing.packages import program

SCRIPT = Path(__file__).with_name("requests.lua")
MEASURED = re.compile(r"^MEASURED (.*)$", re.MULTILINE)
REFUSAL = re.compile(r"^REFUSAL (.*)$", re.MULTILINE)


class DishonestLoad(Exception):
    """A run that would have measured something other than correct answers."""


@dataclass(slots=True)
class TokensFile:
    """Tokens in random order, one a line of constant width, presented in turn."""

    path: Path
    used: int = 0

    @property
    def width(self) -> int:
        with self.path.open("rb") as lines:
            return len(lines.readline())

    @property
    def lines(self) -> int:
        return self.path.stat().st_size // self.width


@dataclass(frozen=True, slots=True)
class Request:
    """A request.

    `@` in path, headers and body is the token, `#` in headers the proof that its line has as well;
    `successor` is a Lua pattern for the next.
    """

    path: str = "/api/v1/authenticate/refresh"
    body: str = '{"refreshToken":"@"}'
    successor: str = ""
    method: str = "POST"
    content_type: str = "application/json"
    headers: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run showed; times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class Wrk:
    """Runs of one request against one server.

    Connections have a thread of wrk each, which is what lets the script follow a rotating session.
    """

    request: Request
    tokens: TokensFile
    connections: int

    def run(self, url: str, seconds: float) -> Sample:
        said = self._say(url, seconds)
        found = MEASURED.search(said)
        if found is None:
            raise DishonestLoad(f"wrk measured nothing:\n{said}")
        numbers = {name: int(value) for name, value in _pairs(found[1])}
        if numbers["refused"] or numbers["broken"]:
            raise DishonestLoad(f"{found[1]}; {', '.join(REFUSAL.findall(said)[:3])}")
        self.tokens.used += numbers["turns"] * self.connections
        if numbers["unchanged"]:
            raise DishonestLoad(f"{numbers['unchanged']} requests did not rotate")
        return Sample(
            numbers["requests"],
            numbers["microseconds"] / 1e6,
            numbers["p50"] / 1e3,
            numbers["p99"] / 1e3,
        )

    def _say(self, url: str, seconds: float) -> str:
        tokens = self.tokens
        where = (tokens.width, tokens.lines, tokens.used, self.connections)
        request = self.request
        wrk = program("wrk")
        command = [
            str(wrk.path),
            f"--threads={self.connections}",
            f"--connections={self.connections}",
            f"--duration={max(1, round(seconds))}s",
            "--timeout=10s",
            f"--script={SCRIPT}",
            url,
            "--",
            *(str(tokens.path), *map(str, where)),
            *(request.method, request.path, request.content_type, request.headers),
            *(request.body, request.successor),
        ]
        finished = subprocess.run(
            command, env=os.environ | wrk.env, capture_output=True, text=True, check=False
        )
        return finished.stdout + finished.stderr


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (word.partition("=") for word in text.split())]
