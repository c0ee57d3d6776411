"""Refresh requests as tests send them, many at a time and to several instances."""

import asyncio
from collections.abc import Sequence

import httpx

PATH = "/api/v1/authenticate/refresh"


def open_client(connections: int = 100, timeout: float = 30.0) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=timeout,
        trust_env=False,
        limits=httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=60
        ),
    )


async def refresh(client: httpx.AsyncClient, url: str, token: str) -> httpx.Response:
    return await client.post(url + PATH, json={"refreshToken": token})


async def burst(
    client: httpx.AsyncClient, urls: Sequence[str], token: str, size: int
) -> list[httpx.Response]:
    """`size` requests with one token at the same moment, dealt out to the instances in turn."""
    return await asyncio.gather(
        *(refresh(client, urls[number % len(urls)], token) for number in range(size))
    )


def the_successor(answers: Sequence[httpx.Response]) -> str:
    """The one refresh token that all of these answers carry."""
    assert {answer.status_code for answer in answers} == {200}
    (successor,) = {answer.json()["refreshToken"] for answer in answers}
    return str(successor)


def cause(answer: httpx.Response) -> str:
    """Why a refresh was refused, as far as its presenter can know; else the error's code."""
    error = answer.json()["error"]
    return str(error["details"][0]["code"] if error["details"] else error["code"])
