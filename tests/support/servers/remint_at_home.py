"""A service on a SQLite file of its own, with a user `alice`, for tests that stand outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.remint import RemintServer
from tests.support.servers.shell import run_remint

USERNAME = "alice"
PASSWORD = "correct horse battery staple"
SECRET = "Zq3vY8-at-home-9fK2mWc7Tn5RbXoLdHu4Ga"


@dataclass(frozen=True)
class Home:
    """The running service, and what another process needs to work on the same data."""

    server: RemintServer
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return self.server.url

    def open_session(self, renewal: str = "rotating") -> str:
        """A new session's refresh token."""
        words = ["sessions", "open", USERNAME, "--renewal", renewal]
        return run_remint(words, self.environment).strip()


@contextmanager
def remint_at_home(folder: Path, *, port: int | None = None, **settings: str) -> Iterator[Home]:
    """Serve in between, on a free port if none is given."""
    environment = {
        "REMINT_SECRET": SECRET,
        "REMINT_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/remint.db",
        **settings,
    }
    run_remint(["users", "add", USERNAME, "--password-stdin"], environment, PASSWORD)
    with RemintServer(folder, environment, port=port) as server:
        server.wait_until_ready()
        yield Home(server, environment)
