"""Owns when an assertion is accepted: a JWT by which another party vouches (RFC 7523 section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.causes import AssertionFlaw
from domain.errors import InvalidAssertion

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""The algorithms that sign assertions; all are asymmetric (RFC 7518 section 3.1, RFC 8037)."""
LEEWAY = timedelta(minutes=1)
"""Tolerated difference between the clocks of the other party and of Remint."""
LONGEST_GRANT = timedelta(days=30)
"""How far ahead an issuer's assertion can expire; as long as the longest ID tokens."""
LONGEST_CLIENT_PROOF = timedelta(hours=1)
"""How far ahead a client's assertion can expire."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What the issuer says. The signature is verified, and nothing else is.

    Attributes:
        audience: `aud`, one or several.
        id: `jti`.
        authenticated_at: `auth_time` (OpenID Connect Core 1.0 section 2).
        claims: all claims, each as the text of a JSON value.
    """

    issuer: str
    subject: str
    audience: tuple[str, ...]
    expires_at: datetime
    not_before: datetime | None = None
    issued_at: datetime | None = None
    id: str | None = None
    authenticated_at: datetime | None = None
    claims: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def over_at(self) -> datetime:
        """When nobody accepts it any more."""
        return self.expires_at + LEEWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the assertions of one party must say.

    Attributes:
        audiences: those of which `aud` must have one.
        longest: how far ahead it can expire.
        max_age: how long ago it can have been issued; None for no bound.
        subject: the only subject; None for every one.
        needs_id: whether `jti` is required. Where there is one, it counts once in any case.
    """

    issuer: str
    audiences: tuple[str, ...]
    longest: timedelta
    max_age: timedelta | None = None
    subject: str | None = None
    needs_id: bool = False

    def require(self, assertion: Assertion, now: datetime) -> None:
        """Accept the assertion.

        Raises:
            InvalidAssertion: names the first flaw.
        """
        flaw = self._flaw_of_parties(assertion) or self._flaw_of_times(assertion, now)
        if flaw is None and self.needs_id and assertion.id is None:
            flaw = AssertionFlaw.WITHOUT_ID
        if flaw is not None:
            raise InvalidAssertion(flaw)

    def _flaw_of_parties(self, assertion: Assertion) -> AssertionFlaw | None:
        if assertion.issuer != self.issuer:
            return AssertionFlaw.WRONG_ISSUER
        if self.subject not in (None, assertion.subject):
            return AssertionFlaw.WRONG_SUBJECT
        if set(self.audiences).isdisjoint(assertion.audience):
            return AssertionFlaw.WRONG_AUDIENCE
        return None

    def _flaw_of_times(self, assertion: Assertion, now: datetime) -> AssertionFlaw | None:
        if now >= assertion.over_at:
            return AssertionFlaw.EXPIRED
        if assertion.expires_at > now + self.longest + LEEWAY:
            return AssertionFlaw.VALID_TOO_LONG
        starts = (assertion.not_before, assertion.issued_at, assertion.authenticated_at)
        if any(start is not None and start > now + LEEWAY for start in starts):
            return AssertionFlaw.NOT_YET_VALID
        if self.max_age is not None and self._is_too_old(assertion, self.max_age, now):
            return AssertionFlaw.TOO_OLD
        return None

    @staticmethod
    def _is_too_old(assertion: Assertion, max_age: timedelta, now: datetime) -> bool:
        issued_at = assertion.issued_at
        return issued_at is None or now - issued_at > max_age + LEEWAY
