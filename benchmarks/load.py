"""Load: what a request looks like, and wrk sending it for a while over many connections."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.packages import program

SCRIPT = Path(__file__).with_name("refresh.lua")
MEASURED = re.compile(r"^MEASURED (.*)$", re.MULTILINE)
REFUSAL = re.compile(r"^REFUSAL (.*)$", re.MULTILINE)


class DishonestLoad(Exception):
    """A run that would have measured something other than correct answers."""


@dataclass(slots=True)
class TokensFile:
    """Tokens in random order, one a line of constant width, handed out once each."""

    path: Path
    used: int = 0

    @property
    def width(self) -> int:
        with self.path.open("rb") as lines:
            return len(lines.readline())

    @property
    def lines(self) -> int:
        return self.path.stat().st_size // self.width

    def take(self, wanted: int) -> int:
        """The first of `wanted` lines that no earlier run has seen, if there are as many left."""
        if self.used + wanted > self.lines:
            self.used = 0
        first = self.used
        self.used += wanted
        return first


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; `@` stands for the token; `successor` is a Lua pattern for the next."""

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

    def run(self, url: str, seconds: float, expected_rate: float = 8_000) -> Sample:
        said = self._say(url, seconds, self._share(seconds, expected_rate))
        found = MEASURED.search(said)
        if found is None:
            raise DishonestLoad(f"wrk measured nothing:\n{said}")
        numbers = {name: int(value) for name, value in _pairs(found[1])}
        if numbers["refused"] or numbers["broken"]:
            raise DishonestLoad(f"{found[1]}; {', '.join(REFUSAL.findall(said)[:3])}")
        if numbers["unchanged"] and self._never_wraps(numbers["requests"]):
            raise DishonestLoad(f"{numbers['unchanged']} requests did not rotate")
        return Sample(
            numbers["requests"],
            numbers["microseconds"] / 1e6,
            numbers["p50"] / 1e3,
            numbers["p99"] / 1e3,
        )

    def _share(self, seconds: float, rate: float) -> int:
        """Tokens per connection: as many as it may need, so that no session comes up twice."""
        available = self.tokens.lines // self.connections
        return max(1, min(available, int(seconds * rate / self.connections) + 1))

    def _never_wraps(self, requests: int) -> bool:
        return requests < self.tokens.lines // 2

    def _say(self, url: str, seconds: float, share: int) -> str:
        first = self.tokens.take(share * self.connections)
        request = self.request
        wrk = program("wrk")
        command = [
            str(wrk.path),
            f"--threads={self.connections}",
            f"--connections={self.connections}",
            f"--duration={max(1, round(seconds))}s",
            "--timeout=10s",
            f"--script={SCRIPT}",
            url + request.path,
            "--",
            *(str(self.tokens.path), str(self.tokens.width), str(first), str(share)),
            *(request.method, request.content_type, request.headers),
            *(request.body, request.successor),
        ]
        finished = subprocess.run(
            command, env=os.environ | wrk.env, capture_output=True, text=True, check=False
        )
        return finished.stdout + finished.stderr


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (word.partition("=") for word in text.split())]
