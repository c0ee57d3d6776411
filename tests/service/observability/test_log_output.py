"""A log that cannot be written holds up nobody; its lines wait, and what is lost is counted."""

import asyncio
import errno
import io
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import structlog

from infrastructure.telemetry import logs
from infrastructure.telemetry.logs import LogStream, set_up_logs
from tests.support.fakes.log_capture import Captured

KIBIBYTE = b"x" * 1023 + b"\n"


class Ends:
    """A line written to `sink` arrives at `source`, when somebody reads."""

    def __init__(self, source: int, sink: BinaryIO) -> None:
        self.source = source
        self.sink = sink

    def read(self, seconds: float = 0.05) -> bytes:
        """All that has arrived; the end is where nothing came for so many seconds."""
        os.set_blocking(self.source, False)
        read, deadline = [b""], time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                read.append(os.read(self.source, 1 << 20))
                deadline = time.monotonic() + seconds
            except BlockingIOError:
                time.sleep(0.001)
        return b"".join(read)


@pytest.fixture(params=["pipe", "socket"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    if request.param == "pipe":
        source, sink = os.pipe()
        with os.fdopen(sink, "wb", buffering=0) as out:
            yield Ends(source, out)
        os.close(source)
        return
    ours, theirs = socket.socketpair()
    with ours, theirs, os.fdopen(os.dup(theirs.fileno()), "wb", buffering=0) as out:
        yield Ends(ours.fileno(), out)


def losses_of(stream: LogStream) -> list[str]:
    lost = list[str]()
    stream.on_loss = lost.append
    return lost


def test_a_reader_that_does_not_read_holds_up_nobody_and_gets_everything_later(
    ends: Ends,
) -> None:
    stream = LogStream(0, True, ends.sink)
    lost = losses_of(stream)
    began = time.monotonic()
    for number in range(900):
        stream.write(b"%04d %b" % (number, KIBIBYTE))
    assert time.monotonic() - began < 5.0
    lines = b""
    while more := ends.read():
        lines += more
        stream.flush()
    assert lost == []
    assert [int(line[:4]) for line in lines.splitlines()] == list(range(900))


def test_lines_beyond_the_bound_are_lost_counted_and_told_of_once(
    ends: Ends, logged: Captured
) -> None:
    logged.set_up()  # takes the line that tells of the loss
    stream = LogStream(0, True, ends.sink)
    lost = losses_of(stream)
    for _ in range(5000):
        stream.write(KIBIBYTE)
    stream.write(logs.AuditLine(KIBIBYTE))
    assert lost.count("other") > 2000
    for _ in range(100):
        ends.read(0.01)
        stream.flush()
    [told] = [line for line in logged.lines if line["event"] == "logLinesLost"]
    assert told["audit_lines"] == lost.count("audit")
    assert told["other_lines"] == lost.count("other") > 0
    stream.write(b"again\n")
    assert ends.read().endswith(b"again\n")


def test_a_reader_that_is_gone_fails_nobody() -> None:
    source, sink = os.pipe()
    os.close(source)
    with os.fdopen(sink, "wb", buffering=0) as out:
        stream = LogStream(0, True, out)
        stream.write(b"a line\n")
        began = time.monotonic()
        stream.flush_at_exit()
        assert time.monotonic() - began < 5.0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_fails_nobody() -> None:
    with Path("/dev/full").open("wb", buffering=0) as out:
        stream = LogStream(0, True, out)
        lost = losses_of(stream)
        for _ in range(1025):
            stream.write(KIBIBYTE)
        assert lost == ["other"]


@pytest.mark.anyio
async def test_lines_that_wait_are_tried_again_without_another_line(ends: Ends) -> None:
    stream = LogStream(0, True, ends.sink)
    for _ in range(900):
        stream.write(KIBIBYTE)
    read = 0
    async with asyncio.timeout(10):
        while read < 900 * 1024:
            read += len(ends.read(0.01))
            await asyncio.sleep(0.05)


def test_lines_of_several_processes_do_not_mix() -> None:
    """A pipe takes parts of up to PIPE_BUF as a whole, and a part has whole lines."""
    parts = list[bytes]()

    class Noting(io.BytesIO):
        def write(self, part: Any) -> int:
            parts.append(bytes(part))
            return len(parts[-1])

    stream = LogStream(0, True, Noting())
    for size in (1500, 1500, 1500, 90, 5000, 10):
        stream._add(b"x" * (size - 1) + b"\n")
    stream.flush()
    assert [len(part) for part in parts] == [3000, 1590, 4096, 914]


class FullDisk(io.BytesIO):
    def write(self, part: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.usefixtures("logged")
def test_audit_lines_are_known_as_such_in_both_forms() -> None:
    for form in ("json", "console"):
        stream = set_up_logs("info", form, stream=io.TextIOWrapper(FullDisk()))
        lost = losses_of(stream)
        for _ in range(1024):
            stream.write(KIBIBYTE)
        structlog.get_logger("remint.audit").info("userDisabled", audit=True)
        structlog.get_logger("remint").info("request", user_agent='"audit":true')
        assert lost == ["audit", "other"]


@pytest.mark.usefixtures("logged")
def test_a_process_without_standard_output_logs_to_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    set_up_logs("info", "json")
    structlog.get_logger("remint").info("started")


def test_a_line_at_exit_is_written(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with file.open("wb", buffering=0) as out:
        stream = LogStream(0, True, out)
        stream._add(json.dumps({"event": "last"}).encode())
        stream.flush_at_exit()
    assert json.loads(file.read_bytes()) == {"event": "last"}
