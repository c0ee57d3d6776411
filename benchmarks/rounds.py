"""Measuring: rows take turns, round after round, so that the machine's moods hit all of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.load import DishonestLoad, Request, Sample, TokensFile, Wrk
from benchmarks.servers import Running, Server


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a request, sent to a server over so many connections."""

    name: str
    server: Server
    tokens: TokensFile
    request: Request
    connections: int = 32

    @property
    def wrk(self) -> Wrk:
        return Wrk(self.request, self.tokens, self.connections)


@dataclass(frozen=True, slots=True)
class Turn:
    """One row in one round."""

    sample: Sample
    cpu_seconds: float
    megabytes: float


@dataclass(slots=True)
class Result:
    """What a row showed in all rounds."""

    row: Row
    turns: list[Turn] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(turn.sample.rate for turn in self.turns)

    @property
    def p50(self) -> float:
        return median(turn.sample.p50 for turn in self.turns)

    @property
    def p99(self) -> float:
        return median(turn.sample.p99 for turn in self.turns)

    @property
    def cpu_microseconds(self) -> float:
        return 1e6 * median(turn.cpu_seconds / turn.sample.requests for turn in self.turns)

    @property
    def megabytes(self) -> float:
        return self.turns[-1].megabytes

    def ratio(self, floor: "Result") -> float:
        """Throughput against the floor's in the same round; the median of the rounds."""
        pairs = zip(self.turns, floor.turns, strict=True)
        return median(ours.sample.rate / theirs.sample.rate for ours, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure, in seconds; 0 means no warm-up. `say` is called at every turn."""

    rounds: int = 5
    seconds: float = 5
    warm_up: float = 2
    say: Callable[[str], None] = print

    def measure(self, rows: Sequence[Row], logs: Path) -> list[Result]:
        results = [Result(row) for row in rows]
        with ExitStack() as stack:
            running = self._start({row.server.name: row.server for row in rows}, logs, stack)
            for row in rows if self.warm_up else ():
                row.wrk.run(running[row.server.name].url, self.warm_up)
            for number in range(self.rounds):
                for result in results:
                    turn = self._take_turn(result.row, running[result.row.server.name])
                    result.turns.append(turn)
                    self.say(f"{number + 1}/{self.rounds} {result.row.name}: {_summary(turn)}")
        return results

    def _start(
        self, servers: dict[str, Server], logs: Path, stack: ExitStack
    ) -> dict[str, Running]:
        running = {}
        for name, server in servers.items():
            running[name] = server.start(logs)
            stack.callback(running[name].stop)
        return running

    def _take_turn(self, row: Row, server: Running) -> Turn:
        before = server.cpu_seconds()
        sample = row.wrk.run(server.url, self.seconds)
        if not sample.requests:
            raise DishonestLoad(f"{row.name} answered nothing within {self.seconds:g} s")
        return Turn(sample, server.cpu_seconds() - before, server.resident_megabytes())


def memory_over(row: Row, requests: int, logs: Path, points: int = 10) -> Iterator[float]:
    """Megabytes of a worker: at the start, and after every tenth of so many requests."""
    server = row.server.start(logs)
    try:
        yield server.resident_megabytes()
        answered = 0
        for point in range(1, points + 1):
            while answered < requests * point / points:
                answered += row.wrk.run(server.url, 5).requests
            yield server.resident_megabytes()
    finally:
        server.stop()


def _summary(turn: Turn) -> str:
    sample = turn.sample
    return f"{sample.rate:,.0f} requests/s, p50 {sample.p50:.2f} ms, p99 {sample.p99:.2f} ms"
