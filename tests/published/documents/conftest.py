"""Running services for the code in our documents."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from infrastructure.security.access_token_jwt import LEEWAY
from testing.waiting import free_port
from tests.support.servers.remint_at_home import Home, remint_at_home

UNTIL_REFUSED = 1.0 + LEEWAY.total_seconds() + 0.5
"""Seconds after which the hasty service refuses a JWT that it has issued."""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with _a_home(tmp_path_factory, "home") as home:
        yield home


@pytest.fixture(scope="session")
def hasty_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One whose JWTs live for a second, and so do all windows."""
    names = ("REMINT_TOKENS_LIFETIME", "REMINT_SESSIONS_GRACE", "REMINT_SESSIONS_COALESCE")
    with _a_home(tmp_path_factory, "hasty", **dict.fromkeys(names, "1s")) as home:
        yield home


def _a_home(
    folders: pytest.TempPathFactory, name: str, **settings: str
) -> AbstractContextManager[Home]:
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    folder = folders.mktemp(name)
    return remint_at_home(folder, port=port, REMINT_TOKENS_ISSUER=issuer, **settings)
