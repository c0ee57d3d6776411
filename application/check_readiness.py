"""Tell whether this instance may receive requests."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.ports.health import Dependency


@dataclass(frozen=True, slots=True)
class CheckReadiness:
    """Ask everything that the service cannot do its work without."""

    dependencies: Sequence[Dependency]

    async def __call__(self) -> list[str]:
        """What is wrong, a word each; empty when ready."""
        problems = [await dependency.problem() for dependency in self.dependencies]
        return [problem for problem in problems if problem is not None]
