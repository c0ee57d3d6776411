"""Tell whether this instance can receive requests."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.ports.health import ReadinessCheck


@dataclass(frozen=True, slots=True)
class CheckReadiness:
    """Run every readiness check."""

    checks: Sequence[ReadinessCheck]

    async def __call__(self) -> list[str]:
        """The problems, one word each; empty when ready."""
        problems = [await check.problem() for check in self.checks]
        return [problem for problem in problems if problem is not None]
