"""Owns what a trusted issuer is: a party whose assertions open sessions (RFC 7523 section 2.1)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain import claims
from domain.assertions import LONGEST_GRANT, Assertion, Expected
from domain.bounds import LONGEST_SESSION, LONGEST_SUBJECT
from domain.claims import REGISTERED, new_claims
from domain.errors import InvalidSubject, InvalidTrustedIssuer
from domain.key_sources import KeySource
from domain.subjects import new_subject

LONGEST_ISSUER = 255
AMR, ACR = "amr", "acr"
OF_THE_GRANT = frozenset({AMR, ACR})
"""Registered claims that an issuer can be trusted with; see `domain.grants.Grant`."""
_SECOND = timedelta(seconds=1)
_IS_TEXT = re.compile(r"[\x21-\x7e]+").fullmatch
_IS_NAME = re.compile(r"[^\x00-\x20=\x7f]{1,128}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerTerms:
    """What an operator chooses for a trusted issuer.

    Attributes:
        keys: the keys that sign its assertions.
        audiences: those of which `aud` must have one.
        subject_prefix: precedes `sub` in the subject of the user.
        client_id: the one client that presents its assertions; None for every client.
        max_age: how long ago an assertion can have been issued; None for no bound but `exp`.
        claims: the name of a custom claim of the session → the name of the claim in the assertion.
    """

    keys: KeySource
    audiences: tuple[str, ...]
    subject_prefix: str = ""
    client_id: str | None = None
    max_age: timedelta | None = None
    claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """A party whose assertions open sessions. `id` is their `iss`, exactly."""

    id: str
    terms: IssuerTerms
    created_at: datetime

    @property
    def expected(self) -> Expected:
        """What its assertions must say."""
        terms = self.terms
        return Expected(
            issuer=self.id,
            audiences=terms.audiences,
            longest=LONGEST_GRANT,
            max_age=terms.max_age,
        )

    def subject_of(self, assertion: Assertion) -> str:
        """The subject of the user that an assertion speaks of.

        Raises:
            InvalidSubject: no user can have it.
        """
        return new_subject(self.terms.subject_prefix + assertion.subject)

    def claims_of(self, assertion: Assertion) -> str:
        """The custom claims of the session; what the assertion does not say is left out.

        Raises:
            InvalidClaims: no session can have them.
        """
        taken = {
            name: assertion.claims[source]
            for name, source in self.terms.claims.items()
            if source in assertion.claims and name not in OF_THE_GRANT
        }
        if not taken:
            return claims.NONE
        members = (f"{json.dumps(name)}:{text}" for name, text in taken.items())
        return new_claims("{" + ",".join(members) + "}")

    def amr_of(self, assertion: Assertion) -> tuple[str, ...]:
        """How the user was authenticated, if the issuer is trusted with it (RFC 8176)."""
        found = self._claim(AMR, assertion)
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
            return ()
        return tuple(found)

    def acr_of(self, assertion: Assertion) -> str | None:
        """How well the user was authenticated, if the issuer is trusted with it."""
        found = self._claim(ACR, assertion)
        return found if isinstance(found, str) else None

    def _claim(self, name: str, assertion: Assertion) -> object:
        text = assertion.claims.get(self.terms.claims.get(name, ""))
        return None if text is None else json.loads(text)


def is_issuer_id(text: str) -> bool:
    """Whether a trusted issuer can have this `iss`."""
    return _is_text(text)


def new_issuer_id(text: str) -> str:
    """The `iss` of a trusted issuer, unchanged.

    Raises:
        InvalidTrustedIssuer: no issuer can have it.
    """
    if not is_issuer_id(text):
        raise InvalidTrustedIssuer("id")
    return text


def new_issuer_terms(terms: IssuerTerms) -> IssuerTerms:
    """The terms of a trusted issuer, unchanged. Where its keys come from is not examined.

    Raises:
        InvalidTrustedIssuer: names the part that no issuer can have.
    """
    if not terms.audiences or not all(map(_is_text, terms.audiences)):
        raise InvalidTrustedIssuer("audiences")
    if terms.subject_prefix and not _is_prefix(terms.subject_prefix):
        raise InvalidTrustedIssuer("subject_prefix")
    age = terms.max_age
    if age is not None and (not _SECOND <= age <= LONGEST_SESSION or age % _SECOND):
        raise InvalidTrustedIssuer("max_age")
    if not all(_is_name(name) and _is_name(source) for name, source in terms.claims.items()):
        raise InvalidTrustedIssuer("claims")
    if not (REGISTERED - OF_THE_GRANT).isdisjoint(terms.claims):
        raise InvalidTrustedIssuer("claims")
    return terms


def _is_text(text: str) -> bool:
    return len(text) <= LONGEST_ISSUER and _IS_TEXT(text) is not None


def _is_name(text: str) -> bool:
    return _IS_NAME(text) is not None


def _is_prefix(text: str) -> bool:
    """Whether a subject can begin like this and continue."""
    try:
        return len(new_subject(text)) < LONGEST_SUBJECT
    except InvalidSubject:
        return False
