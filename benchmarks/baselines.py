"""The floor that everything is measured against: what the framework costs when it does nothing."""

import time
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from litestar import Litestar, post
from litestar.params import JSONBody

SIGNING_KEY = ec.generate_private_key(ec.SECP256R1())
ANSWER = msgspec.json.encode({"jwtToken": "x" * 700})


class RefreshBody(msgspec.Struct, rename="camel"):
    refresh_token: str


class RefreshAnswer(msgspec.Struct, rename="camel"):
    jwt_token: str


async def bare(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The server alone: an ASGI application that reads the body and answers a constant."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


@post("/", status_code=200)
async def empty_handler(data: JSONBody[RefreshBody]) -> RefreshAnswer:
    return RefreshAnswer(jwt_token=data.refresh_token)


@post("/", status_code=200)
async def signing_handler(data: JSONBody[RefreshBody]) -> RefreshAnswer:
    now = int(time.time())
    claims = {
        "iss": "http://localhost:8080",
        "sub": "0b1e2d3c4f5a69788796a5b4c3d2e1f0",
        "aud": "api",
        "client_id": "benchmark",
        "iat": now,
        "exp": now + 600,
        "jti": data.refresh_token[-22:],
        "sid": data.refresh_token[:22],
        "auth_time": now,
        "roles": ["user"],
    }
    headers = {"kid": "benchmark", "typ": "at+jwt"}
    return RefreshAnswer(jwt_token=jwt.encode(claims, SIGNING_KEY, "ES256", headers))


def _alone(handler: Any) -> Litestar:
    return Litestar([handler], openapi_config=None, logging_config=None)


empty = _alone(empty_handler)
signing = _alone(signing_handler)
