"""Owns how a refresh token is written: `rmt1_` and 69 bytes in base64url."""

import binascii
import hmac
import re
from base64 import urlsafe_b64encode
from struct import Struct
from uuid import UUID

from domain.causes import Refusal
from domain.errors import InvalidRefreshToken
from domain.refresh_tokens import RefreshToken
from infrastructure.security.server_secrets import DerivedKeys, ServerSecrets

PATTERN = r"rmt1_[A-Za-z0-9_-]{92}"
"""For secret scanners; every refresh token matches it as a whole (checklist T2)."""

_PREFIX = "rmt1_"
_IS_TOKEN = re.compile(PATTERN).fullmatch
_TO_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")
_CONTEXT = b"remint refresh token v1\0"
_BODY = Struct(">B16sI32s")
_MAC_BYTES = 16


class MacRefreshTokenCodec:
    """Key id (1 byte), session id (16), generation (4, big endian), secret (32), MAC (16).

    The MAC is the first half of HMAC-SHA256 over all before it. It lets a made-up or damaged token
    be refused without touching the database (checklist T2); it proves nothing beyond that: what
    continues a session is the secret, of which only a digest is stored.
    """

    def __init__(self, secrets: ServerSecrets) -> None:
        self._secrets = secrets

    def write(self, token: RefreshToken) -> str:
        """The text to hand out: 97 characters, always the same for equal tokens."""
        keys = self._secrets.newest
        body = _BODY.pack(keys.id, token.session_id.bytes, token.generation, token.secret)
        return _PREFIX + urlsafe_b64encode(body + _mac(keys, body)).decode()

    def read(self, text: str) -> RefreshToken:
        """The token that was once written as `text`.

        Raises:
            InvalidRefreshToken: not a token of ours, or of a secret that left the list.
        """
        if _IS_TOKEN(text) is None:
            raise InvalidRefreshToken(Refusal.UNRECOGNIZED)
        # 92 characters of the alphabet are exactly 69 bytes: no padding, no second spelling.
        raw = binascii.a2b_base64(text[5:].encode().translate(_TO_STANDARD_ALPHABET))
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        key_id, session_id, generation, secret = _BODY.unpack(body)
        keys = self._secrets.with_id(key_id)
        if keys is None or not hmac.compare_digest(mac, _mac(keys, body)):
            raise InvalidRefreshToken(Refusal.UNRECOGNIZED)
        return RefreshToken(UUID(bytes=session_id), generation, secret)


def _mac(keys: DerivedKeys, body: bytes) -> bytes:
    mac = keys.token_mac.copy()
    mac.update(_CONTEXT + body)
    return mac.digest()[:_MAC_BYTES]
