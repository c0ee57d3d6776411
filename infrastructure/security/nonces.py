"""Owns the text of a nonce: a time and its MAC, which every instance knows (RFC 9449)."""

import hmac
from datetime import UTC, datetime
from struct import Struct, error

from infrastructure.security import base64url
from infrastructure.security.server_secrets import DerivedKeys, ServerSecrets

_CONTEXT = b"remint dpop nonce v1\0"
_BODY = Struct(">BQ")
_MAC_BYTES = 16


class MacNonces:
    """The port Nonces: key id (1 byte), seconds since 1970 (8), MAC (16)."""

    def __init__(self, secrets: ServerSecrets) -> None:
        self._secrets = secrets

    def make(self, now: datetime) -> str:
        """A nonce under the newest server secret; the same within a second."""
        keys = self._secrets.newest
        body = _BODY.pack(keys.id, int(now.timestamp()))
        return base64url.encode(body + _mac(keys, body)).decode()

    def made_at(self, nonce: str) -> datetime | None:
        """The time in the nonce, if a server secret of the list made it."""
        try:
            raw = base64url.decode(nonce.encode("ascii"))
            body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
            key_id, seconds = _BODY.unpack(body)
        except (ValueError, error):
            return None
        keys = self._secrets.with_id(key_id)
        if keys is None or not hmac.compare_digest(mac, _mac(keys, body)):
            return None
        return datetime.fromtimestamp(seconds, UTC)


def _mac(keys: DerivedKeys, body: bytes) -> bytes:
    mac = keys.token_mac.copy()
    mac.update(_CONTEXT + body)
    return mac.digest()[:_MAC_BYTES]
