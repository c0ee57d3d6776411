"""Owns the headers that every answer carries (checklist H9, H10)."""

from datetime import timedelta

from litestar.types import Message, Scope


class AnswerHeaders:
    """Adds them while an answer leaves; whoever says nothing of caching gets no-store."""

    def __init__(self, hsts: timedelta) -> None:
        self._always = [(b"x-content-type-options", b"nosniff")]
        if hsts:
            value = f"max-age={int(hsts.total_seconds())}".encode()
            self._always.append((b"strict-transport-security", value))

    async def __call__(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = [*message["headers"], *self._always]
        if not any(name == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"no-store"))
        message["headers"] = headers
