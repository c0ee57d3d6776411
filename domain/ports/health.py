"""The port for conditions that an instance needs before it can serve requests."""

from typing import Protocol


class ReadinessCheck(Protocol):
    """One thing that must be in order before an instance can receive requests."""

    async def problem(self) -> str | None:
        """The problem, as a word for programs (`databaseUnavailable`), or None. Never raises."""
        ...
