"""Owns how a request body becomes a Struct: strictly, and without ever answering 500."""

import json
from collections.abc import Generator
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from litestar.dto import AbstractDTO, DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from interfaces.http.wire.faults import invalid_body
from interfaces.http.wire.request_errors import Fault, InvalidRequest, MalformedJson
from interfaces.http.wire.request_headers import (
    JSON,
    JSON_WITH_CREDENTIALS,
    JSON_WITH_PROOF,
    Headers,
    Table,
    require,
)

Body = TypeVar("Body", bound=msgspec.Struct)
T = TypeVar("T")

_NOT_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError)


class JsonBody(Generic[Body]):
    """Decodes one type of body in one pass."""

    def __init__(
        self, model: type[Body], understood: Table = JSON, *, is_optional: bool = False
    ) -> None:
        """Prepare for bodies of `model`.

        Args:
            understood: the headers that change what a request with this body means.
            is_optional: whether no body means an empty object.
        """
        self._understood = understood
        self._instead = model() if is_optional else None
        self._decode = msgspec.json.Decoder(model).decode
        self._fields = model.__struct_encode_fields__

    def __call__(self, headers: Headers, body: bytes) -> Body:
        """The Struct.

        Raises:
            UnsupportedMediaType: the headers do not say that the body is plain JSON in UTF-8.
            UnsupportedHeader: another header that must not be ignored is not understood.
            MalformedJson: not JSON in UTF-8, or with a name twice in one object.
            InvalidRequest: JSON of another shape; names the field at fault, never its value.
        """
        if not body:
            if self._instead is None:
                raise InvalidRequest(fault=Fault.MISSING)
            return self._instead
        require(headers, self._understood)
        try:
            # A body with one member repeats no name, and the decoder looks at every byte of it.
            if body.count(b":") > 1:
                json.loads(body.decode("utf-8"), object_pairs_hook=refuse_repeated_names)
            return self._decode(body)
        except msgspec.ValidationError as error:
            raise invalid_body(str(error), self._fields) from None
        except _NOT_JSON:
            raise MalformedJson from None


def refuse_repeated_names(members: list[tuple[str, Any]]) -> None:
    """Refuse an object that has two members of one name (RFC 8259 section 4)."""
    if len({name for name, _ in members}) < len(members):
        raise MalformedJson


class StrictJson(AbstractDTO[T]):
    """Replaces Litestar's lenient decoder by JsonBody, and keeps the OpenAPI schema."""

    understood: ClassVar[Table] = JSON
    _body: ClassVar[JsonBody[Any]]

    def decode_bytes(self, value: bytes) -> Any:
        return self._body(self.asgi_connection.scope["headers"], value)

    @classmethod
    def decoder(cls) -> JsonBody[Any]:
        """The decoder of this model's bodies."""
        return JsonBody(cls.model_type, cls.understood)

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        cls._body = cls.decoder()

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any
    ) -> Reference | Schema:
        schema: Reference | Schema = schema_creator.for_field_definition(field_definition)
        return schema

    @classmethod
    def generate_field_definitions(
        cls, model_type: type[Any]
    ) -> Generator[DTOFieldDefinition, None, None]:
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        return False


class CredentialsJson(StrictJson[T]):
    """For a body that holds the password or the refresh token."""

    understood = JSON_WITH_CREDENTIALS


class ProvableJson(StrictJson[T]):
    """For such a body of an operation that verifies proofs of possession."""

    understood = JSON_WITH_PROOF
