"""Owns the custom claims of a JWT: a JSON object, kept as the text that it was given as."""

import json
from typing import Any

from domain.bounds import MOST_BYTES_OF_CLAIMS
from domain.causes import ClaimsFault
from domain.errors import InvalidClaims

NONE = ""
"""No custom claims. Otherwise custom claims are the text of an object that has a member."""

REGISTERED = frozenset(
    {
        *("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "client_id", "scope", "roles"),
        *("auth_time", "amr", "acr", "act", "may_act", "cnf", "typ", "azp", "nonce"),
        *("at_hash", "c_hash"),
    }
)
"""The names that Remint sets, or that services take for something that the issuer vouches for
(RFC 7519 section 4.1, RFC 9068 section 2.2, RFC 8693 section 4, RFC 7800 section 3.1, OpenID
Connect Core 1.0 section 2)."""

_DEEPEST = 32
_BLANKS = " \t\r\n"


def new_claims(text: str) -> str:
    """The custom claims of a user or a session, unchanged but for blanks at both ends.

    The text itself is kept, because a number in it can be greater or finer than a program's own.

    Args:
        text: a JSON object (RFC 8259).

    Raises:
        InvalidClaims: the fault says why no JWT can have these claims.
    """
    text = text.strip(_BLANKS)
    if len(text.encode(errors="surrogatepass")) > MOST_BYTES_OF_CLAIMS:
        raise InvalidClaims(ClaimsFault.TOO_LONG)
    try:
        # Numbers stay text, because Python refuses to read one of more than 4,300 digits.
        claims = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError):
        raise InvalidClaims(ClaimsFault.NOT_AN_OBJECT) from None
    if not isinstance(claims, dict):
        raise InvalidClaims(ClaimsFault.NOT_AN_OBJECT)
    if not REGISTERED.isdisjoint(claims):
        raise InvalidClaims(ClaimsFault.REGISTERED_NAME)
    if not _is_sound(claims, _DEEPEST):
        raise InvalidClaims(ClaimsFault.NOT_AN_OBJECT)
    return text if claims else NONE


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    claims = dict(members)
    if len(claims) < len(members):
        raise ValueError("a name is there twice")
    return claims


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _is_sound(value: object, depth: int) -> bool:
    """Whether the value is not deeper than `depth`, and every text in it is Unicode."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if depth == 0:
        return not isinstance(value, dict | list)
    if isinstance(value, dict):
        return all(_is_sound(part, depth - 1) for item in value.items() for part in item)
    return not isinstance(value, list) or all(_is_sound(part, depth - 1) for part in value)
