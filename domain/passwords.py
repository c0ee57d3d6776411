"""Owns what a password is: which new ones are valid, and the form under which one is hashed."""

import unicodedata

from domain.bounds import LONGEST_PASSWORD, SHORTEST_PASSWORD
from domain.errors import InvalidPassword

_UNFIT = frozenset({"Cc", "Cs"})
"""Control characters, which RFC 8265 refuses, and surrogates, which are no characters."""


def prepared(text: str) -> str:
    """The form under which a password is hashed (OpaqueString, RFC 8265 section 4.2.2).

    Keyboards and systems write one character as one code point or as several, and blanks in
    several ways. Each of these spellings has the same prepared form. Nothing is cut off, and
    letters keep their case.
    """
    blanks = (" " if unicodedata.category(character) == "Zs" else character for character in text)
    return unicodedata.normalize("NFC", "".join(blanks))


def spellings(text: str) -> tuple[str, ...]:
    """The texts that can have been hashed for a password: the prepared form, then the typed one.

    Hashes that an earlier version stored are hashes of the password as it was typed. For most
    passwords both are the same, so there is one text.
    """
    form = prepared(text)
    return (form,) if form == text else (form, text)


def new_password(text: str) -> str:
    """The prepared form of a password that an account can have.

    Raises:
        InvalidPassword: too short, too long, or with a control character.
    """
    form = prepared(text)
    if not SHORTEST_PASSWORD <= len(form) <= LONGEST_PASSWORD:
        raise InvalidPassword
    if any(unicodedata.category(character) in _UNFIT for character in form):
        raise InvalidPassword
    return form
