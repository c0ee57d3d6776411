"""Owns revocations: JWTs that have not expired and must be refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.causes import RevocationCause

SETTLED = timedelta(seconds=1)
"""How long a change can take from the time that it states to its commit. Until then a refresh can
still read, and sign, what was so before."""

AHEAD = timedelta(minutes=1)
"""How far the `iat` of a JWT can be ahead of the time at which its session ends: changes of a user
in quick succession move it ahead, and so does an instance whose clock is fast."""


class Named(StrEnum):
    """By what a revocation names JWTs: a claim, or the key's id in the header."""

    SESSION = "sid"
    SUBJECT = "sub"
    KEY = "kid"


@dataclass(frozen=True, slots=True)
class Revocation:
    """JWTs that services refuse from now on, unless they were issued after the change.

    The client of a refused JWT refreshes, and finds out there whether the session is over.
    """

    by: Named
    value: str
    cause: RevocationCause
    at: datetime

    @property
    def not_before(self) -> datetime:
        """JWTs with an earlier `iat` are refused. A session that is over gets no later ones."""
        return valid_from(self.at + AHEAD if self.by is Named.SESSION else self.at)


@dataclass(frozen=True, slots=True)
class Published:
    """Revocations, and the cursor after which the next ones come."""

    revocations: tuple[Revocation, ...]
    cursor: str


def valid_from(change: datetime) -> datetime:
    """The first second that no JWT from before the change has as its `iat`.

    A JWT from after the change has this `iat` or a later one, although its second has perhaps not
    come yet: verifiers allow for clocks that differ by more.
    """
    return (change + SETTLED).replace(microsecond=0) + timedelta(seconds=1)


def time_of_change(at: datetime, before: datetime | None) -> datetime:
    """The time of a change of a user whose JWTs were revoked `before`, too.

    Each change has a second of its own. A JWT from between two changes has the first second that is
    valid after the first change, so that second must not be valid after the next change.
    """
    return at if before is None else max(at, before + timedelta(seconds=1))
