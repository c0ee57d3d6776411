"""Many requests at the same moment, from a client so small that it is not what takes the time."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
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
        return str((await self.post(PATH, {"refreshToken": token}, 200))["refreshToken"])

    async def post(
        self, path: str, body: Mapping[str, Any], status: int, authorization: str = ""
    ) -> dict[str, Any]:
        """The body of the answer; any other status fails the test."""
        sent = json.dumps(body).encode()
        credentials = f"Authorization: {authorization}\r\n" if authorization else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: remint\r\nContent-Type: application/json\r\n"
            f"{credentials}Content-Length: {len(sent)}\r\n\r\n"
        )
        self.writer.write(head.encode() + sent)
        answered = await self.reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(answered)
        assert length
        received = await self.reader.readexactly(int(length[1]))
        assert answered.startswith(f"HTTP/1.1 {status} ".encode()), received
        return dict(json.loads(received))


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
