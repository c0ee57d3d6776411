"""Services that verify JWTs with a key set that they fetch now and then."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import jwt
from anyio import to_thread

from tests.support.servers.node import node

REQUIRED = ["exp", "iat", "iss", "aud", "sub", "jti"]


class PythonVerifier:
    """PyJWT's own client, which caches the key set for as long as the set itself allows.

    As strict as can be: it never fetches early because a key is not in its copy.
    """

    def __init__(self, url: str, issuer: str, max_age: int) -> None:
        self._keys = jwt.PyJWKClient(f"{url}/.well-known/jwks.json", lifespan=max_age)
        self._issuer = issuer

    async def claims(self, token: str) -> dict[str, Any]:
        return await to_thread.run_sync(self._claims, token)

    def _claims(self, token: str) -> dict[str, Any]:
        kid = jwt.get_unverified_header(token)["kid"]
        known = {key.key_id: key for key in self._keys.get_signing_keys()}
        return jwt.decode(
            token,
            known[kid],
            algorithms=["ES256"],
            issuer=self._issuer,
            audience="remint",
            options={"require": REQUIRED},
        )


NODE = """
import { createInterface } from "node:readline";
import { createRemoteJWKSet, jwtVerify } from "jose";
const { KEY_SET, ISSUER, MAX_AGE } = process.env;
// The cool-down keeps it from fetching early because a key is not in its copy.
const strictly = { cacheMaxAge: MAX_AGE * 1000, cooldownDuration: 1e9 };
const keys = createRemoteJWKSet(new URL(KEY_SET), strictly);
const terms = { algorithms: ["ES256"], issuer: ISSUER, audience: "remint", typ: "at+jwt" };
for await (const token of createInterface({ input: process.stdin })) {
  const verified = jwtVerify(token, keys, terms);
  const outcome = await verified.then((r) => r.payload, (e) => ({ error: e.code }));
  console.log(JSON.stringify(outcome));
}
"""


class NodeVerifier:
    """jose's remote key set, in a Node of its own."""

    def __init__(self, process: Popen[str]) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def claims(self, token: str) -> dict[str, Any]:
        async with self._turn:
            claims = await to_thread.run_sync(self._claims, token)
        assert "error" not in claims, claims
        return claims

    def _claims(self, token: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{token}\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))


@contextmanager
def node_verifier(folder: Path, url: str, issuer: str, max_age: int) -> Iterator[NodeVerifier]:
    """Run one in a folder where jose is installed."""
    script = folder / "verifier.mjs"
    script.write_text(NODE)
    settings = {
        "KEY_SET": f"{url}/.well-known/jwks.json",
        "ISSUER": issuer,
        "MAX_AGE": str(max_age),
    }
    with Popen([node(), script], stdin=PIPE, stdout=PIPE, text=True, env=settings) as process:
        try:
            yield NodeVerifier(process)
        finally:
            process.kill()
