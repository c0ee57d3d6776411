"""Owns base64url without padding (RFC 7515 section 2), one spelling for the same bytes."""

import binascii

_TO_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")
_TO_STANDARD_ALPHABET = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
"""What base64url does not know becomes a character that base64 does not know."""


def encode(raw: bytes) -> bytes:
    """The text of `raw`."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL_ALPHABET).rstrip(b"=")


def decode(text: bytes) -> bytes:
    """The bytes whose text is exactly `text`.

    Raises:
        ValueError: `encode` writes no such text.
    """
    padding = b"=" * (-len(text) % 4)
    raw = binascii.a2b_base64(text.translate(_TO_STANDARD_ALPHABET) + padding, strict_mode=True)
    # Only an incomplete last group has spare bits, and so a second spelling.
    if padding and encode(raw) != text:
        raise ValueError("The last character has bits that no byte needs.")
    return raw
