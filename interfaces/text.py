"""Owns how the bytes of files and pipes become text: UTF-8, with line feeds as line ends."""

import codecs
import unicodedata

BYTE_ORDER_MARK = "\ufeff"
QUOTES = "\"'`\u2018\u2019\u201c\u201d"
"""Shells and TOML remove quotes; env files of containers do not. Word processors make typographic
quotes of typed ones."""
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class NotText(Exception):
    """Bytes or characters that are no usable text; the message follows the name of their place."""


def read_text(raw: bytes) -> str:
    """The text without its byte order mark; CRLF becomes a line feed.

    Raises:
        NotText: another encoding than UTF-8, or a NUL character.
    """
    for mark, encoding in _OTHER_ENCODINGS:
        if raw.startswith(mark):
            raise NotText(f"is {encoding}: save it as UTF-8")
    if b"\0" in raw:
        raise NotText("contains a NUL character: save it as UTF-8 text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotText("is not UTF-8: save it as UTF-8") from None
    return text.replace("\r\n", "\n")


def read_line(raw: bytes) -> str:
    """The only line of a text, unchanged otherwise.

    Raises:
        NotText: see `read_text`; or the text has several lines.
    """
    line = read_text(raw).removesuffix("\n")
    if "\n" in line or "\r" in line:
        raise NotText("has more than one line")
    return line


def refuse_quotes(value: str) -> None:
    """Refuse a value that begins or ends with a quote.

    Raises:
        NotText: the program that read the value, such as an env file's, kept the quotes.
    """
    if value and (value[0] in QUOTES or value[-1] in QUOTES):
        raise NotText("begins or ends with a quote, which would be part of the value: leave it out")


def refuse_damage(value: str) -> None:
    """Refuse a value that was mistyped, or damaged on its way from a file or the environment.

    Raises:
        NotText: quotes around the value, bytes that are not UTF-8, or an invisible character.
    """
    refuse_quotes(value)
    categories = {unicodedata.category(character) for character in value}
    if "Cs" in categories:  # how Python marks the bytes of an environment that are not UTF-8
        raise NotText("is not UTF-8: save it as UTF-8")
    if "Cc" in categories or BYTE_ORDER_MARK in value:
        raise NotText("contains an invisible character: type it again")
