"""Deployments on a real SQLite file, with `alice` as their user."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.servers.deployment import Deployment, deployed

Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    """Starts a server with settings of the test's choice."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(deployed(tmp_path, settings=settings))
