"""Owns the assertions of other parties as JWTs: how they are read and verified (RFC 7523)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
from jwt import PyJWS
from jwt.exceptions import PyJWTError

from domain.assertions import Assertion
from domain.causes import AssertionFlaw
from domain.errors import InvalidAssertion
from domain.key_sources import KeySource
from domain.trusted_issuers import LONGEST_ISSUER
from infrastructure.security import base64url
from infrastructure.security.json_names import require_unique_names
from infrastructure.security.public_keys import PublicKeys

LONGEST = 16 * 1024
"""Characters of the longest assertion."""
TYPES = frozenset(
    {"jwt", "application/jwt", "authorization-grant+jwt", "client-authentication+jwt"}
)
"""The `typ` of assertions, in lower case. A JWT of another type was issued for another purpose
(RFC 8725 section 3.11)."""
EVENTS = "events"
"""The claim of security events and of log-out tokens (RFC 8417 section 2.2)."""

KeysOf = Callable[[KeySource], Awaitable[PublicKeys]]


class Header(msgspec.Struct, frozen=True):
    """The header parameters that have a meaning here."""

    alg: str
    kid: str | None = None
    typ: str = "JWT"


class Claims(msgspec.Struct, frozen=True):
    """The claims that have a meaning here."""

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: float
    nbf: float | None = None
    iat: float | None = None
    jti: str | None = None
    auth_time: float | None = None


class JwtAssertions:
    """The port AssertionVerifier: PyJWT verifies the signature, msgspec reads the claims."""

    def __init__(self, held: KeysOf, newer: KeysOf) -> None:
        """`held` answers the keys of a source, and `newer` those that are there by now."""
        self._held = held
        self._newer = newer
        self._jws = PyJWS(options={"enforce_minimum_key_length": True})
        self._header = msgspec.json.Decoder(Header).decode
        self._claims = msgspec.json.Decoder(Claims).decode
        self._members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

    def issuer_of(self, text: str) -> str:
        """The `iss`, unverified."""
        return self._read(text)[1].iss

    async def verify(self, text: str, keys: KeySource) -> Assertion:
        """The verified claims."""
        header, claims, members = self._read(text)
        flaw = self._flaw(text, header, await self._held(keys))
        if flaw is not None and keys.url:
            flaw = self._flaw(text, header, await self._newer(keys))
        if flaw is not None:
            raise InvalidAssertion(flaw)
        return _assertion(claims, members)

    def _flaw(self, text: str, header: Header, keys: PublicKeys) -> AssertionFlaw | None:
        """Why none of the keys signed the text; None if one did."""
        candidates = keys.fitting(header.kid, header.alg)
        for key in candidates:
            try:
                self._jws.decode_complete(text, key)
            except PyJWTError:
                continue
            return None
        return AssertionFlaw.WRONG_SIGNATURE if candidates else AssertionFlaw.UNKNOWN_KEY

    def _read(self, text: str) -> tuple[Header, Claims, dict[str, msgspec.Raw]]:
        """The header and the claims of a compact JWT, unverified."""
        try:
            header_part, payload_part, _ = _parts(text)
            header, claims = self._header(header_part), self._claims(payload_part)
            members = self._members(payload_part)
            for part in (header_part, payload_part):
                require_unique_names(part)
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise InvalidAssertion(AssertionFlaw.MALFORMED) from None
        is_named = 0 < len(claims.iss) <= LONGEST_ISSUER and claims.sub
        if not is_named or EVENTS in members or header.typ.lower() not in TYPES:
            raise InvalidAssertion(AssertionFlaw.MALFORMED)
        return header, claims, members


def _parts(text: str) -> tuple[bytes, bytes, bytes]:
    if len(text) > LONGEST or not text.isascii():
        raise ValueError("too long")
    header, payload, signature = (base64url.decode(part) for part in text.encode().split(b"."))
    return header, payload, signature


def _assertion(claims: Claims, members: dict[str, msgspec.Raw]) -> Assertion:
    return Assertion(
        issuer=claims.iss,
        subject=claims.sub,
        audience=(claims.aud,) if isinstance(claims.aud, str) else claims.aud,
        expires_at=_moment(claims.exp),
        not_before=None if claims.nbf is None else _moment(claims.nbf),
        issued_at=None if claims.iat is None else _moment(claims.iat),
        id=claims.jti,
        authenticated_at=None if claims.auth_time is None else _moment(claims.auth_time),
        claims={name: bytes(value).decode() for name, value in members.items()},
    )


def _moment(seconds: float) -> datetime:
    """The moment; a number that no calendar has is refused."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidAssertion(AssertionFlaw.MALFORMED) from None
