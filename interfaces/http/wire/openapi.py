"""Owns what the OpenAPI document says beyond what the handlers' signatures tell."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Controller, Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.spec import Components, Example, License, Tag
from msgspec import Struct

from domain.causes import Refusal
from domain.errors import (
    InvalidAccessToken,
    InvalidCredentials,
    InvalidPassword,
    InvalidRefreshToken,
    SessionNotFound,
    TooManyLogins,
    TooManySessions,
    Unavailable,
    UserNotFound,
    WrongPassword,
)
from interfaces.http.wire.bearer import SECURITY_SCHEMES
from interfaces.http.wire.errors import CAUSES, ErrorBody, error_body, public
from interfaces.http.wire.request_errors import (
    BodyTooLarge,
    BodyTooSlow,
    InvalidRequest,
    MalformedJson,
    NotReady,
    UnsupportedMediaType,
)

DESCRIPTION = """\
Exchanges refresh tokens for JWTs.

Log in once, keep the refresh token, and post it whenever the JWT has run out. Every answer that is
not a success has the same body; programs look at `error.code` and, where there is one, at
`error.details[0].code`. 4xx means that the request will never succeed as it is; 503 means that the
same request may be repeated after `Retry-After` seconds. An unknown path answers 404 `notFound`, a
method that a path does not have 405 `methodNotAllowed` with `Allow`.
"""

# pragma: allowlist nextline secret
A_JWT = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"
A_REFRESH_TOKEN = "rmt1_AZ3kq2v0dX6bq5xk0o0b1wAAAAA"  # noqa: S105 (too short to be one)

CRASH = Exception()
BAD_BODIES = (
    InvalidRequest("refreshToken"),
    MalformedJson(),
    BodyTooSlow(),
    BodyTooLarge(),
    UnsupportedMediaType(),
    CRASH,
)
BUSY = Unavailable("contended")
REFUSED_TOKENS = (
    InvalidRefreshToken(Refusal.UNRECOGNIZED),
    *(InvalidRefreshToken(cause) for cause in CAUSES),
)
REFRESH_ERRORS = (*BAD_BODIES, *REFUSED_TOKENS, UserNotFound(), BUSY)
REVOKE_ERRORS = (*BAD_BODIES, BUSY)
LOGIN_ERRORS = (
    InvalidRequest("password"),
    *BAD_BODIES[1:],
    InvalidCredentials(),
    TooManySessions(),
    TooManyLogins(timedelta(minutes=15)),
    BUSY,
)
NOT_SIGNED_IN = InvalidAccessToken()
LIST_SESSIONS_ERRORS = (InvalidRequest("size"), NOT_SIGNED_IN, CRASH, BUSY)
LOG_OUT_ERRORS = (InvalidRequest("keep"), NOT_SIGNED_IN, CRASH, BUSY)
END_SESSION_ERRORS = (NOT_SIGNED_IN, SessionNotFound(), CRASH, BUSY)
PASSWORD_ERRORS = (
    InvalidRequest("newPassword"),
    InvalidPassword(),
    *BAD_BODIES[1:],
    NOT_SIGNED_IN,
    WrongPassword(),
    TooManyLogins(timedelta(minutes=15)),
    BUSY,
)
READINESS_ERRORS = (NotReady(["databaseUnavailable"]), CRASH)

CHALLENGE = ("WWW-Authenticate", "How to authenticate (RFC 6750).")
PAUSE = ("Retry-After", "After how many seconds to try again.")
HEADERS = {"401": CHALLENGE, "429": PAUSE, "503": PAUSE}


@dataclass(frozen=True, slots=True)
class Success:
    """What an operation answers when all is well; `example` is None where there is no body."""

    meaning: str
    example: Struct | None = None
    status: int = 200


def documented(
    path: str, *successes: Success, errors: Iterable[Exception]
) -> dict[int, ResponseSpec]:
    """Every answer of an operation, each error as an example of what is really sent."""
    by_status = defaultdict(list)
    for error in errors:
        by_status[public(error).status].append(error)
    answers = {success.status: _success(success) for success in successes}
    return answers | {
        status: ResponseSpec(
            ErrorBody,
            generate_examples=False,
            description=_description(group),
            examples=[_example(path, error) for error in group],
        )
        for status, group in sorted(by_status.items())
    }


def document(
    controllers: Sequence[type[Controller]], dependencies: Mapping[str, Provide]
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these controllers.

    They are registered a second time, apart: where Litestar is told to document an application, it
    adds pages of its own, which load their scripts from outside.
    """
    config = OpenAPIConfig(
        title="Remint",
        version="1",
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        use_handler_docstrings=True,
        components=Components(security_schemes=dict(SECURITY_SCHEMES)),
        tags=[
            Tag("sessions", "Logging in, refreshing, logging out."),
            Tag("account", "What signed-in users do about their own sessions and password."),
            Tag("keys", "What verifies the JWTs."),
            Tag("health", "For whoever runs the service."),
        ],
    )
    apart = Litestar(
        controllers, dependencies=dependencies, openapi_config=config, logging_config=None
    )
    described: dict[str, Any] = apart.openapi_schema.to_schema()
    for path in described["paths"].values():
        for operation in path.values():
            _tidy(operation)
    for schema in described["components"]["schemas"].values():
        schema.pop("description", None)  # a class's docstring speaks to developers
    return described


def _success(success: Success) -> ResponseSpec:
    return ResponseSpec(
        type(success.example) if success.example is not None else None,
        generate_examples=False,
        description=success.meaning,
        examples=[Example(summary="success", value=success.example)] if success.example else None,
    )


def _description(group: Sequence[Exception]) -> str:
    return " Or: ".join(dict.fromkeys(error_body(error).error.message for error in group))


def _example(path: str, error: Exception) -> Example:
    body = error_body(error, path)
    word = body.error.details[0].code if body.error.details else body.error.code
    return Example(summary=word, value=body)


def _tidy(operation: dict[str, Any]) -> None:
    operation["summary"] = operation.pop("description")
    # The framework adds a 400 of its own wherever there is a parameter; ours come with examples.
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
            content["examples"] = {example["summary"]: example for example in examples}
