"""Owns how a request body becomes a Struct: strictly, and without ever answering 500 (H5, H8)."""

import json
import re
from collections.abc import Generator
from typing import Any, ClassVar, TypeVar

import msgspec
from litestar.dto import AbstractDTO, DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from interfaces.http.wire.request_errors import InvalidRequest, MalformedJson, UnsupportedMediaType

T = TypeVar("T")

_JSON = re.compile(r'application/json\s*(;\s*charset="?utf-?8"?\s*)?', re.IGNORECASE)
_FIELD = re.compile(r"`(?:\$\.)?(\w+)")
_NOT_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError)


def require_json(content_type: str, content_encoding: str) -> None:
    """Refuse whatever is not plain UTF-8 JSON.

    Raises:
        UnsupportedMediaType: another type, another charset, or compressed.
    """
    if content_type == "application/json" and not content_encoding:
        return
    if not _JSON.fullmatch(content_type.strip()) or content_encoding.strip().lower() not in (
        "",
        "identity",
    ):
        raise UnsupportedMediaType


class BodyDecoder(msgspec.Struct, frozen=True):
    """Decodes one type of body in one pass."""

    decoder: msgspec.json.Decoder[Any]
    fields: frozenset[str]

    @classmethod
    def of(cls, model: type[Any]) -> "BodyDecoder":
        return cls(msgspec.json.Decoder(model), frozenset(model.__struct_encode_fields__))

    def __call__(self, body: bytes) -> Any:
        """Answer the Struct.

        Raises:
            MalformedJson: not JSON in UTF-8, or with a name twice in one object.
            InvalidRequest: JSON of another shape; names the field at fault, never its value.
        """
        if not body:
            raise InvalidRequest
        try:
            # With one member no name can occur twice, and every byte was looked at.
            if body.count(b":") > 1:
                _refuse_ambiguity(body)
            return self.decoder.decode(body)
        except msgspec.ValidationError as error:
            raise InvalidRequest(self._field_at_fault(str(error))) from None
        except _NOT_JSON:
            raise MalformedJson from None

    def _field_at_fault(self, explanation: str) -> str:
        # The explanation may quote what was sent, so only our own names are taken from it.
        return next((name for name in _FIELD.findall(explanation) if name in self.fields), "")


def _refuse_ambiguity(body: bytes) -> None:
    json.loads(body.decode("utf-8"), object_pairs_hook=_unique)


def _unique(members: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in members}) < len(members):
        raise MalformedJson


class StrictJson(AbstractDTO[T]):
    """Puts our decoder where Litestar's lenient one would be, and keeps the OpenAPI schema."""

    _decoders: ClassVar[dict[type[Any], BodyDecoder]] = {}

    def decode_bytes(self, value: bytes) -> Any:
        headers = self.asgi_connection.headers
        require_json(headers.get("content-type", ""), headers.get("content-encoding", ""))
        return self._decoders[self.model_type](value)

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        cls._decoders[cls.model_type] = BodyDecoder.of(cls.model_type)

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
