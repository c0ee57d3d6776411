"""What an instance cannot serve requests without."""

from typing import Protocol


class ReadinessCheck(Protocol):
    """One thing that must be in order before an instance can receive requests."""

    async def problem(self) -> str | None:
        """What is wrong, as a word for programs (`databaseUnavailable`), or None. Never raises."""
        ...
