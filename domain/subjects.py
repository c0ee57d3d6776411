"""Owns which texts name a user towards services: the claim `sub`."""

from domain.bounds import LONGEST_SUBJECT
from domain.errors import InvalidSubject


def new_subject(text: str) -> str:
    """The subject of a user or of an actor, unchanged.

    Raises:
        InvalidSubject: not 1 to 255 printable ASCII characters without blank and `/`
            (RFC 7519 section 4.1.2 and OpenID Connect Core 1.0 section 2 bound it alike).
    """
    if not 1 <= len(text) <= LONGEST_SUBJECT:
        raise InvalidSubject
    if not all("!" <= character <= "~" and character != "/" for character in text):
        raise InvalidSubject
    return text
