"""Owns how a form becomes a Struct (RFC 6749 appendix B): strictly, and never twice."""

from typing import Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec

from interfaces.http.wire.faults import invalid_body
from interfaces.http.wire.request_errors import Fault, InvalidRequest
from interfaces.http.wire.request_headers import FORM, Headers, Table, require

Form = TypeVar("Form", bound=msgspec.Struct)

MOST_PARAMETERS = 32


class FormBody(Generic[Form]):
    """Decodes one type of form.

    A parameter without a value counts as left out, and an unknown one is ignored (section 3.2).
    """

    def __init__(self, model: type[Form], understood: Table = FORM) -> None:
        self._model = model
        self._understood = understood
        self._fields = model.__struct_encode_fields__

    def __call__(self, headers: Headers, body: bytes) -> Form:
        """The Struct.

        Raises:
            UnsupportedMediaType: the headers do not say that the body is a form in UTF-8.
            UnsupportedHeader: another header that must not be ignored is not understood.
            InvalidRequest: names the parameter at fault, never its value.
        """
        require(headers, self._understood)
        parameters: dict[str, str] = {}
        for name, value in _pairs(body):
            if name in parameters:
                raise InvalidRequest(name if name in self._fields else "", Fault.REPEATED)
            parameters[name] = value
        given = {name: value for name, value in parameters.items() if value}
        try:
            return msgspec.convert(given, self._model)
        except msgspec.ValidationError as error:
            raise invalid_body(str(error), self._fields) from None


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:  # also UnicodeError
        raise InvalidRequest(fault=Fault.MALFORMED) from None
