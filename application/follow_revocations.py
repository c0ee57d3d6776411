"""Learn which JWTs were revoked, for services that verify them."""

from dataclasses import dataclass
from datetime import timedelta

from domain.ports.revocations import Revocations
from domain.revocations import Published


@dataclass(frozen=True, slots=True)
class Followed:
    """The answer to a follower, and how long a revocation is kept."""

    published: Published
    kept_for: timedelta


@dataclass(frozen=True, slots=True)
class FollowRevocations:
    """Tell the revocations after a cursor, as soon as there is one.

    A revocation is kept as long as a JWT that it concerns can be valid. So a service that was away
    for longer has missed nothing, if it begins again without a cursor.
    """

    revocations: Revocations
    kept_for: timedelta

    async def __call__(self, cursor: str | None, wait: timedelta) -> Followed:
        """The revocations after the cursor, all that are kept if it is None.

        Args:
            wait: how long to wait for one if there is none.
        """
        return Followed(await self.revocations.after(cursor, wait), self.kept_for)
