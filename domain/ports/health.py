"""What the service cannot do its work without."""

from typing import Protocol


class Dependency(Protocol):
    """Something that must be there before an instance may receive requests."""

    async def problem(self) -> str | None:
        """What is wrong, as a word for programs (`databaseUnavailable`), or None. Never raises."""
        ...
