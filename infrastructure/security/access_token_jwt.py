"""Owns the JWT: its claims, how it is signed, and how one is verified."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from domain.access_tokens import AccessToken
from domain.claims import NONE
from domain.errors import InvalidAccessToken
from domain.grants import Grant
from domain.ports.environment import Clock
from infrastructure.security import base64url
from infrastructure.security.json_names import require_unique_names
from infrastructure.security.key_ring import KeyRing

LEEWAY = timedelta(seconds=5)
"""Tolerated difference between the clocks of two instances (RFC 7519 section 4.1.4)."""
LONGEST = 24 * 1024
"""Characters of the longest compact JWT that is verified: more than the longest roles and custom
claims take, less than the longest head of a request."""

_IS_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+").fullmatch


class Acting(msgspec.Struct, frozen=True):
    """The person who acts for the subject (RFC 8693 section 4.1)."""

    sub: str


class Confirmation(msgspec.Struct, frozen=True):
    """The key that the JWT is bound to (RFC 9449 section 6)."""

    jkt: str


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claims that Remint sets, in this order (RFC 9068 section 2.2); custom claims follow.

    A user without roles has no claim `roles`, because RFC 7643 section 2.5 makes an empty list
    equal to none, and validators of RFC 9068 refuse it.
    """

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    client_id: str
    iat: int
    exp: int
    jti: str
    sid: UUID
    auth_time: int
    roles: tuple[str, ...] = ()
    scope: str = ""
    act: Acting | None = None
    amr: tuple[str, ...] = ()
    acr: str | None = None
    cnf: Confirmation | None = None


class JwtSigner:
    """Signs JWTs of one issuer, and verifies those for its own audience.

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
        self._members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

    def sign(self, token: AccessToken) -> str:
        """The JWT in compact form (port AccessTokenSigner)."""
        key = self._ring.signing()
        payload = self._encode(self._claims(token))
        if token.claims or (token.grant is not None and token.grant.claims):
            payload = payload[:-1] + b"," + self._custom_claims(token)[1:]
        message = key.header + b"." + base64url.encode(payload)
        signature = key.algorithm.sign(message, key.private_key)
        return (message + b"." + base64url.encode(signature)).decode()

    def _claims(self, token: AccessToken) -> Claims:
        claims = Claims(
            iss=self._issuer,
            sub=token.subject,
            aud=self._audience,
            client_id=token.client_id or self._client_id,
            iat=int(token.issued_at.timestamp()),
            exp=int(token.expires_at.timestamp()),
            jti=token.id,
            sid=token.session_id,
            auth_time=int(token.authenticated_at.timestamp()),
            roles=token.roles,
        )
        return claims if token.grant is None else self._granted(claims, token.grant)

    def _granted(self, claims: Claims, grant: Grant) -> Claims:
        """The claims with those of the grant; one audience is a string (RFC 7519 section 4.1.3)."""
        audience = grant.audience or (self._audience,)
        return msgspec.structs.replace(
            claims,
            aud=audience[0] if len(audience) == 1 else audience,
            scope=" ".join(grant.scope),
            act=None if grant.actor is None else Acting(grant.actor),
            amr=grant.amr,
            acr=grant.acr,
            cnf=None if grant.proof_key is None else Confirmation(grant.proof_key),
        )

    def _custom_claims(self, token: AccessToken) -> bytes:
        """The JSON object of the user's custom claims, overlaid by those of the session."""
        of_user = token.claims
        of_session = token.grant.claims if token.grant is not None else NONE
        if of_user and of_session:
            return self._encode(self._members(of_user) | self._members(of_session))
        return (of_user or of_session).encode()

    async def verify(self, text: str, *, any_audience: bool = False) -> AccessToken:
        """The content of a JWT of this service (port AccessTokenVerifier)."""
        claims = self._verified_claims(text)
        now = self._clock()
        issued_at, expires_at = _time(claims.iat), _time(claims.exp)
        authenticated_at = _time(claims.auth_time)
        audience = _audiences(claims)
        if claims.iss != self._issuer:
            raise InvalidAccessToken
        if not any_audience and self._audience not in audience:
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
            client_id=None if claims.client_id == self._client_id else claims.client_id,
            grant=self._narrowest_grant(audience, claims),
        )

    def _narrowest_grant(self, audience: tuple[str, ...], claims: Claims) -> Grant | None:
        """What the JWT says of its grant; None where that is what every JWT has."""
        key = None if claims.cnf is None else claims.cnf.jkt
        if audience == (self._audience,) and not claims.scope and key is None:
            return None
        return Grant(audience=audience, scope=tuple(claims.scope.split()), proof_key=key)

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
        require_unique_names(payload)
        return self._decode(payload)


def _audiences(claims: Claims) -> tuple[str, ...]:
    return (claims.aud,) if isinstance(claims.aud, str) else claims.aud


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
