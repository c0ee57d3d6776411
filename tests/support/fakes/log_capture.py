"""A log stream to look into."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from infrastructure.telemetry.logs import LogStream, set_up_logs
from interfaces.http.wire.exchange import log_context


class Captured:
    """Everything that was logged, in the form in which it would leave."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._stream = io.TextIOWrapper(self._bytes, encoding="utf-8", write_through=True)

    def set_up(self, level: str = "debug", form: str = "json") -> LogStream:
        return set_up_logs(level, form, context=log_context, stream=self._stream)

    @property
    def raw(self) -> bytes:
        return self._bytes.getvalue()

    @property
    def text(self) -> str:
        return self.raw.decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.raw.splitlines()]


@pytest.fixture
def logged() -> Iterator[Captured]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Captured()
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
