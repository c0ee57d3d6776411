"""Owns the parts of the OpenAPI document that the signatures of the handlers cannot say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from litestar import Litestar, MediaType
from litestar._openapi.schema_generation import SchemaCreator
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.spec import (
    Components,
    Example,
    License,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
    Server,
    Tag,
)
from litestar.plugins import OpenAPISchemaPlugin
from litestar.types import ControllerRouterHandler
from litestar.typing import FieldDefinition
from msgspec import Struct

from domain.causes import ProofFlaw
from domain.errors import InvalidAccessToken, InvalidProof, Unavailable
from interfaces.http.wire import bearer, client_credentials
from interfaces.http.wire.error_table import ERROR_TABLE
from interfaces.http.wire.errors import ErrorDialect
from interfaces.http.wire.json_errors import JSON_ERRORS
from interfaces.http.wire.request_errors import (
    BodyTooLarge,
    BodyTooSlow,
    Fault,
    HeadTooLarge,
    InvalidRequest,
    MalformedJson,
    UnsupportedHeader,
    UnsupportedMediaType,
)

DESCRIPTION = """\
Exchanges refresh tokens for JWTs.

Log in once, keep the refresh token, and post it when the JWT has expired. Every error has the same
body, and below `/oauth` that of RFC 6749. Programs read `error.code` and, if present,
`error.details[0].code`. 4xx means that the same
request cannot succeed. 503 means that the same request can be repeated after `Retry-After` seconds.
An unknown path is answered with 404 `notFound`. An unsupported method is answered with 405
`methodNotAllowed` and `Allow`.
"""

# pragma: allowlist nextline secret
A_JWT = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"
A_REFRESH_TOKEN = "rmt1_AZ3kq2v0dX6bq5xk0o0b1wAAAAA"  # noqa: S105 (too short to be one)

CODES = {error.code for error in ERROR_TABLE.values()}

CRASH = Exception()
BUSY = Unavailable("contended")
WITHOUT_INPUT = (HeadTooLarge(), CRASH)
"""The errors of an operation that takes no input."""
NOT_SIGNED_IN = InvalidAccessToken()
NO_PROOF = UnsupportedHeader("DPoP")


BAD_PROOF = (InvalidProof(ProofFlaw.MISSING), InvalidProof(ProofFlaw.NONCE_NEEDED, "…"))


def with_proofs(errors: tuple[Exception, ...]) -> tuple[Exception, ...]:
    """The errors of an operation that verifies proofs of possession."""
    return (*(error for error in errors if error is not NO_PROOF), *BAD_PROOF)


def bad_body(field: str) -> tuple[Exception, ...]:
    """The errors of every operation with a body, of which `field` is a member."""
    return (
        InvalidRequest(field, Fault.MISSING),
        MalformedJson(),
        NO_PROOF,
        BodyTooSlow(),
        BodyTooLarge(),
        UnsupportedMediaType(),
        CRASH,
    )


def bad_form(parameter: str) -> tuple[Exception, ...]:
    """The errors of every operation with a form, of which `parameter` is one."""
    return (
        InvalidRequest(parameter, Fault.MISSING),
        InvalidRequest(parameter, Fault.REPEATED),
        NO_PROOF,
        BodyTooSlow(),
        BodyTooLarge(),
        UnsupportedMediaType(),
        CRASH,
    )


CHALLENGE = ("WWW-Authenticate", "How to authenticate (RFC 6750).")
PAUSE = ("Retry-After", "Seconds to wait before the next try.")
HEADERS = {"401": CHALLENGE, "429": PAUSE, "503": PAUSE}


@dataclass
class OptionalBody(Operation):
    """An operation whose body can be left out."""

    def __post_init__(self) -> None:
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False


@dataclass(frozen=True, slots=True)
class Success:
    """A successful answer of an operation; `example` is None where there is no body."""

    meaning: str
    example: Struct | str | None = None
    status: int = 200
    media_type: str = MediaType.JSON


def documented(
    *successes: Success,
    errors: Iterable[Exception],
    dialect: ErrorDialect = JSON_ERRORS,
) -> dict[int, ResponseSpec]:
    """Every answer of an operation, with every error as an example of the answer that is sent."""
    by_status = defaultdict(list)
    for error in errors:
        answer = dialect(error, "")
        by_status[answer.status].append(answer)
    answers = {success.status: _success(success) for success in successes}
    return answers | {
        status: ResponseSpec(
            dialect.body_type,
            generate_examples=False,
            description=" Or: ".join(dict.fromkeys(answer.message for answer in group)),
            examples=[
                Example(summary=answer.word, value=msgspec.to_builtins(answer.body))
                for answer in group
            ],
        )
        for status, group in sorted(by_status.items())
    }


def document(
    routes: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes.

    The routes are registered with a second application, because Litestar adds pages of its own to
    an application that it documents, and those pages load their scripts from outside.
    """
    config = OpenAPIConfig(
        title="Remint",
        # Relative to the document, which a proxy can serve below a prefix.
        servers=[Server(url=".")],
        version="1",
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        use_handler_docstrings=True,
        components=Components(
            security_schemes=dict(bearer.SECURITY_SCHEMES | client_credentials.SECURITY_SCHEMES)
        ),
        tags=[
            Tag("sessions", "Logging in, refreshing, logging out."),
            Tag("account", "The sessions and the password of the user who is signed in."),
            Tag("users", "The users of a back end, and their sessions."),
            Tag("revocations", "Which JWTs services refuse before they expire."),
            Tag("oauth", "The same in the words of OAuth 2.0."),
            Tag("keys", "The keys that verify the JWTs."),
            Tag("health", "For load balancers and operators."),
        ],
    )
    apart = Litestar(
        routes,
        dependencies=dependencies,
        openapi_config=config,
        logging_config=None,
        plugins=[RawObjects()],
    )
    described: dict[str, Any] = apart.openapi_schema.to_schema()
    for path, operations in described["paths"].items():
        for operation in operations.values():
            operation.setdefault("security", [])
            _tidy(operation, path)
    for name, schema in described["components"]["schemas"].items():
        schema.pop("description", None)  # docstrings address developers
        if name == "Error":
            schema["properties"]["code"]["enum"] = sorted(CODES)
    return described


class RawObjects(OpenAPISchemaPlugin):
    """Describes the members whose JSON text is kept as it is: all of them are objects."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return value is msgspec.Raw

    def to_openapi_schema(
        self, field_definition: FieldDefinition, schema_creator: SchemaCreator
    ) -> Schema:
        return Schema(type=OpenAPIType.OBJECT)


def _success(success: Success) -> ResponseSpec:
    return ResponseSpec(
        type(success.example) if success.example is not None else None,
        generate_examples=False,
        description=success.meaning,
        media_type=cast("MediaType", success.media_type),
        examples=[Example(summary="success", value=success.example)] if success.example else None,
    )


def _tidy(operation: dict[str, Any], path: str) -> None:
    operation["summary"] = operation.pop("description")
    # The framework adds a 400 of its own to every operation with a parameter, without examples.
    operation["responses"] = {
        status: answer
        for status, answer in operation["responses"].items()
        if all(content.get("examples") for content in answer.get("content", {}).values())
    }
    for status, answer in operation["responses"].items():
        if status in HEADERS:
            name, meaning = HEADERS[status]
            header = {"description": meaning, "schema": {"type": "string"}, "required": True}
            answer["headers"] = {name: header}
        for content in answer.get("content", {}).values():
            examples = content.get("examples", {}).values()
            for example in examples:
                _name_target(example["value"], path)
            content["examples"] = {example["summary"]: example for example in examples}


def _name_target(example: Any, path: str) -> None:
    """The target of an error that no field is at fault for is the path, as JsonErrors has it."""
    if isinstance(example, dict) and isinstance(example.get("error"), dict):
        example["error"]["target"] = example["error"]["target"] or path
