"""Running services for the code in Remint's documents."""

import shlex
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from infrastructure.security.access_token_jwt import LEEWAY
from testing.waiting import free_port
from tests.support.checks.snippets import snippet
from tests.support.servers.browser import Pages, pages
from tests.support.servers.deployment import Deployment, deployed
from tests.support.servers.node import npm_install

NPM = Path(__file__).parent / "npm"
UNTIL_REFUSED = 1.0 + LEEWAY.total_seconds() + 0.5
"""Seconds after which the hasty service refuses a JWT that it has issued."""


@pytest.fixture(scope="session")
def remint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with _serving(tmp_path_factory, "remint") as remint:
        yield remint


@pytest.fixture(scope="session")
def secret(remint: Deployment) -> str:
    """The secret of the back end `shop`, printed by the command of docs/integrate.md."""
    command = shlex.split(snippet("docs/integrate.md", "sh").splitlines()[0])[1:]
    return remint.run(*command).strip()


@pytest.fixture(scope="session")
def hasty_remint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One whose JWTs live for a second, and so do all windows."""
    names = ("REMINT_TOKENS_LIFETIME", "REMINT_SESSIONS_GRACE", "REMINT_SESSIONS_COALESCE")
    with _serving(tmp_path_factory, "hasty", **dict.fromkeys(names, "1s")) as remint:
        yield remint


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the npm packages that the documents import."""
    folder = tmp_path_factory.mktemp("npm")
    npm_install(NPM, folder)
    return folder


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Pages]:
    """A server of the pages in the folder `pages`."""
    folder = tmp_path / "pages"
    folder.mkdir()
    with pages(folder) as server:
        yield server


def _serving(
    folders: pytest.TempPathFactory, name: str, **settings: str
) -> AbstractContextManager[Deployment]:
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    folder = folders.mktemp(name)
    own = {"REMINT_SESSIONS_RENEWAL": "rotating", "REMINT_TOKENS_ISSUER": issuer}
    return deployed(folder, settings=own | settings, port=port)
