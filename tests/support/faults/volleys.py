"""Many requests at the same moment, from a client so small that it is not what takes the time."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.faults.refreshing import PATH

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


@dataclass(frozen=True)
class Line:
    """One connection that is kept."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def refresh(self, token: str) -> str:
        """The successor; anything but 200 fails the test."""
        body = json.dumps({"refreshToken": token}).encode()
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: remint\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        answered = await self.reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(answered)
        assert length
        body = await self.reader.readexactly(int(length[1]))
        assert answered.startswith(b"HTTP/1.1 200 "), body
        return str(json.loads(body)["refreshToken"])


@asynccontextmanager
async def lines_to(urls: Sequence[str], count: int) -> AsyncIterator[list[Line]]:
    """That many connections, dealt out to the instances in turn."""
    async with AsyncExitStack() as stack:
        lines = []
        for number in range(count):
            where = urlsplit(urls[number % len(urls)])
            line = Line(*await asyncio.open_connection(where.hostname, where.port))
            stack.callback(line.writer.close)
            lines.append(line)
        yield lines


async def volley(lines: Sequence[Line], token: str) -> str:
    """Refresh with one token on all lines at once; the one successor that all are given."""
    (successor,) = set(await asyncio.gather(*(line.refresh(token) for line in lines)))
    return successor
