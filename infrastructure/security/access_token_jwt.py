"""Owns the JWT: its claims, how it is signed, and how one is verified."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.access_tokens import AccessToken
from domain.errors import InvalidAccessToken
from domain.ports.environment import Clock
from infrastructure.security import base64url
from infrastructure.security.key_ring import KeyRing

LEEWAY = timedelta(seconds=5)
"""Tolerated difference between the clocks of two instances (RFC 7519 section 4.1.4)."""
LONGEST = 8192
"""Characters of the longest compact JWT that is verified."""

_IS_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+").fullmatch


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Exactly these claims, in this order (RFC 9068 section 2.2).

    A user without roles has no claim `roles`, because RFC 7643 section 2.5 makes an empty list
    equal to none, and validators of RFC 9068 refuse it.
    """

    iss: str
    sub: UUID
    aud: str
    client_id: str
    iat: int
    exp: int
    jti: str
    sid: UUID
    auth_time: int
    roles: tuple[str, ...] = ()


class JwtSigner:
    """Signs and verifies JWTs of one issuer for one audience.

    msgspec encodes header and claims once; PyJWT's algorithms sign and verify the bytes. The result
    equals that of `jwt.encode`.
    """

    def __init__(
        self, ring: KeyRing, clock: Clock, *, issuer: str, audience: str, client_id: str
    ) -> None:
        self._ring = ring
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._client_id = client_id
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Claims).decode

    def sign(self, token: AccessToken) -> str:
        """The JWT in compact form (port AccessTokenSigner)."""
        key = self._ring.signing()
        claims = Claims(
            iss=self._issuer,
            sub=token.subject,
            aud=self._audience,
            client_id=self._client_id,
            iat=int(token.issued_at.timestamp()),
            exp=int(token.expires_at.timestamp()),
            jti=token.id,
            sid=token.session_id,
            auth_time=int(token.authenticated_at.timestamp()),
            roles=token.roles,
        )
        message = key.header + b"." + base64url.encode(self._encode(claims))
        signature = key.algorithm.sign(message, key.private_key)
        return (message + b"." + base64url.encode(signature)).decode()

    async def verify(self, text: str) -> AccessToken:
        """The content of a JWT of this service (port AccessTokenVerifier)."""
        claims = self._verified_claims(text)
        now = self._clock()
        issued_at, expires_at = _time(claims.iat), _time(claims.exp)
        authenticated_at = _time(claims.auth_time)
        if claims.iss != self._issuer or claims.aud != self._audience:
            raise InvalidAccessToken
        # Only the present time is shifted: the last moment of the calendar has none after it.
        if now - LEEWAY >= expires_at or issued_at > now + LEEWAY:
            raise InvalidAccessToken
        return AccessToken(
            id=claims.jti,
            subject=claims.sub,
            session_id=claims.sid,
            roles=claims.roles,
            authenticated_at=authenticated_at,
            issued_at=issued_at,
            expires_at=expires_at,
        )

    def _verified_claims(self, text: str) -> Claims:
        """The claims, after their signature was verified."""
        if len(text) > LONGEST or not text.isascii():
            raise InvalidAccessToken
        compact = text.encode()
        if _IS_COMPACT(compact) is None:
            raise InvalidAccessToken
        header, payload, signature = compact.split(b".")
        key = self._ring.with_header(header)
        if key is None:
            raise InvalidAccessToken
        message = header + b"." + payload
        if not key.algorithm.verify(message, key.public_key, _bytes_of(signature)):
            raise InvalidAccessToken
        try:
            return self._decoded(_bytes_of(payload))
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise InvalidAccessToken from None

    def _decoded(self, payload: bytes) -> Claims:
        """The claims, none of which is named twice (RFC 7519 section 4)."""
        json.loads(payload, object_pairs_hook=refuse_repeated_names)
        return self._decode(payload)


def refuse_repeated_names(members: list[tuple[str, Any]]) -> None:
    """Refuse an object that has two members of one name (RFC 7519 section 4)."""
    if len({name for name, _ in members}) < len(members):
        raise ValueError("a claim is named twice")


def _bytes_of(part: bytes) -> bytes:
    """The bytes of a part of the JWT, of which there is no second spelling."""
    try:
        return base64url.decode(part)
    except ValueError:
        raise InvalidAccessToken from None


def _time(seconds: int) -> datetime:
    """The moment; a number that no calendar has is refused like any other claim."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidAccessToken from None
