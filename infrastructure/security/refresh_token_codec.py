"""Owns the text of a refresh token: `rmt1_` and 69 bytes in base64url."""

import hmac
import re
from struct import Struct
from uuid import UUID

from domain.causes import RefusalCause, TokenFlaw
from domain.errors import InvalidRefreshToken
from domain.refresh_tokens import RefreshToken
from infrastructure.security import base64url
from infrastructure.security.server_secrets import DerivedKeys, ServerSecrets

PATTERN = r"rmt1_[A-Za-z0-9_-]{92}"
"""For secret scanners; every refresh token matches it as a whole."""

_PREFIX = "rmt1_"
_IS_TOKEN = re.compile(PATTERN).fullmatch
_CONTEXT = b"remint refresh token v1\0"
_BODY = Struct(">B16sI32s")
_MAC_BYTES = 16


class MacRefreshTokenCodec:
    """Key id (1 byte), session id (16), generation (4, big endian), secret (32), MAC (16).

    The MAC is the first half of HMAC-SHA256 over the bytes before it. Because of the MAC, forged
    and damaged tokens are refused without asking the database. The MAC proves nothing beyond that:
    the secret continues a session, and only its digest is stored.
    """

    def __init__(self, secrets: ServerSecrets) -> None:
        self._secrets = secrets

    def write(self, token: RefreshToken) -> str:
        """The text for the client: 97 characters, the same for equal tokens."""
        keys = self._secrets.newest
        body = _BODY.pack(keys.id, token.session_id.bytes, token.generation, token.secret)
        return _PREFIX + base64url.encode(body + _mac(keys, body)).decode()

    def read(self, text: str) -> RefreshToken:
        """The token that `write` wrote as `text`.

        Raises:
            InvalidRefreshToken: the token is not authentic; its flaw says why.
        """
        if _IS_TOKEN(text) is None:
            raise InvalidRefreshToken(RefusalCause.UNRECOGNIZED, TokenFlaw.MALFORMED)
        raw = base64url.decode(text[5:].encode())
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        key_id, session_id, generation, secret = _BODY.unpack(body)
        keys = self._secrets.with_id(key_id)
        if keys is None:
            raise InvalidRefreshToken(RefusalCause.UNRECOGNIZED, TokenFlaw.UNLISTED_SECRET)
        if not hmac.compare_digest(mac, _mac(keys, body)):
            raise InvalidRefreshToken(RefusalCause.UNRECOGNIZED, TokenFlaw.WRONG_MAC)
        return RefreshToken(UUID(bytes=session_id), generation, secret)


def _mac(keys: DerivedKeys, body: bytes) -> bytes:
    mac = keys.token_mac.copy()
    mac.update(_CONTEXT + body)
    return mac.digest()[:_MAC_BYTES]
