"""Owns the database's address: the one reading of its URL, and the form that can be shown."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from sqlalchemy import URL

SQLITE = "sqlite+aiosqlite"
POSTGRES = "postgresql+asyncpg"
FORM = f"{SQLITE}:///FILE or {POSTGRES}://USER:PASSWORD@HOST/NAME"
IN_MEMORY = ":memory:"

HIDDEN = "***"
SHOWN_OPTIONS = frozenset({"host", "port", "ssl", "sslmode"})
"""Options without secrets; an unknown option can be a password."""
ENCRYPTING = frozenset({"require", "verify-ca", "verify-full"})
"""Values of the option `ssl` that refuse a connection without TLS (libpq's `sslmode`)."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database's URL, read by SQLAlchemy, which also connects to it."""

    url: "URL" = field(repr=False)
    _options: Mapping[str, Any] = field(repr=False, compare=False)
    """The options with which SQLAlchemy calls the driver."""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read a URL.

        Raises:
            ValueError: `text` has not the FORM above, or names no file of its own for SQLite.
        """
        # SQLAlchemy takes long to load, and `remint --help` needs no address.
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(text)
            is_known = url.drivername in (SQLITE, POSTGRES)
            _, options = url.get_dialect()().create_connect_args(url) if is_known else ((), {})
        except (ArgumentError, ValueError):
            is_known = False
        if not is_known:
            raise ValueError(f"A database's address has the form {FORM}.")
        if url.drivername == SQLITE and not _is_file(url):
            raise ValueError(f"SQLite needs a file: {SQLITE}:///FILE")
        return cls(url, options)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; None for a database behind a server."""
        return Path(str(self.url.database)) if self.url.drivername == SQLITE else None

    @property
    def has_password(self) -> bool:
        """Whether the URL contains a password."""
        return bool(self._options.get("password"))

    @property
    def is_encrypted(self) -> bool:
        """Whether connections without TLS are refused."""
        return self._options.get("ssl") in ENCRYPTING

    @property
    def is_local(self) -> bool:
        """Whether connections stay on this machine: a file, a socket or the loopback interface."""
        hosts = self._options.get("host") or ""
        return all(map(is_loopback, [hosts] if isinstance(hosts, str) else hosts))

    @property
    def shown(self) -> str:
        """The URL without its secrets; where it has none, the URL can be used again."""
        bare = self.url.set(query={}).render_as_string(hide_password=True)
        options = "&".join(
            f"{quote_plus(name)}={quote_plus(value, safe=':/,') if is_shown else HIDDEN}"
            for name, values in self.url.query.items()
            for value in ([values] if isinstance(values, str) else values)
            for is_shown in [name in SHOWN_OPTIONS]
        )
        return f"{bare}?{options}" if options else bare


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: its name or address, the folder of a socket, or empty."""
    if host in {"", "localhost"} or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_file(url: "URL") -> bool:
    """Whether SQLite opens exactly the file that the URL names, and no database in memory."""
    return bool(url.database) and IN_MEMORY not in str(url.database) and "uri" not in url.query
