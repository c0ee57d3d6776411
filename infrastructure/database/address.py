"""Owns the database's address: the one reading of its URL, and the form that can be shown."""

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote

from infrastructure.database.address_options import (
    DEFAULT_PORT,
    ENCRYPTING,
    HIDDEN_OPTIONS,
    PostgresOptions,
    read_options,
)

if TYPE_CHECKING:
    from sqlalchemy import URL

SQLITE = "sqlite+aiosqlite"
POSTGRES = "postgresql+asyncpg"
SCHEMES = {SQLITE: SQLITE, POSTGRES: POSTGRES, "postgresql": POSTGRES, "postgres": POSTGRES}
"""The schemes that Remint reads, each with the scheme that SQLAlchemy knows."""
FORM = f"{SQLITE}:///FILE or {POSTGRES}://USER:PASSWORD@HOST/NAME"
IN_MEMORY = ":memory:"
FILE_OPTIONS = {"timeout": float, "cached_statements": int}
"""The options of an SQLite file, each with the type that the driver needs."""

HIDDEN = "***"
_PARTS = re.compile(
    r"(?P<scheme>[\w+]+)://(?P<login>[^:/@]*(?::[^@]*)?@)?(?P<hosts>[^/?]*)(?P<rest>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Address:
    """A database's URL, read once: whatever hides, judges or connects uses this reading."""

    url: "URL" = field(repr=False)
    server: PostgresOptions | None = field(repr=False, compare=False)
    """How to connect to Postgres; None for a file."""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read a URL.

        Raises:
            ValueError: `text` is not the address of a database, or the driver would refuse a part;
                the sentence has no value of `text`.
        """
        url = _url(text)
        if url.drivername == SQLITE:
            _refuse_unless_file(url)
            return cls(url, None)
        if HIDDEN in (url.password, url.query.get("password")):
            raise ValueError(
                f"The password {HIDDEN} stands for a hidden one. Write the password, or leave it "
                "out and use PGPASSWORD or ~/.pgpass."
            )
        return cls(url, read_options(url))

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; None for a database behind a server."""
        return Path(str(self.url.database)) if self.server is None else None

    @property
    def has_password(self) -> bool:
        """Whether the URL contains a password."""
        return self.server is not None and not HIDDEN_OPTIONS.isdisjoint(self.server.texts)

    @property
    def is_encrypted(self) -> bool:
        """Whether connections without TLS are refused."""
        return self.server is not None and self.server.tls_mode in ENCRYPTING

    @property
    def is_verified(self) -> bool:
        """Whether the server must prove its name with a certificate."""
        return self.server is not None and self.server.tls_mode == "verify-full"

    @property
    def wants_channel_binding(self) -> bool:
        """Whether the URL demands channel binding, which the driver lacks."""
        return self.server is not None and self.server.texts.get("channel_binding") == "require"

    @property
    def connect_timeout(self) -> timedelta | None:
        """The URL's own limit for connecting; 0 stands for none, as in libpq."""
        seconds = int(self.server.texts.get("connect_timeout", 0)) if self.server else 0
        return timedelta(seconds=seconds) if seconds else None

    @property
    def is_local(self) -> bool:
        """Whether connections stay on this machine: a file, a socket or the loopback interface."""
        return self.server is None or all(map(is_loopback, self.server.hosts))

    @property
    def place(self) -> str:
        """Where the database is, for messages: the file's path, or the hosts with their ports."""
        if self.server is None:
            return str(Path(str(self.url.database)).absolute())
        ports = self.server.ports or (DEFAULT_PORT,) * len(self.server.hosts)
        hosts = zip(self.server.hosts, ports, strict=False)
        return ", ".join(_host(host, port) for host, port in hosts) or "the local socket"

    @property
    def shown(self) -> str:
        """The URL without its secrets; where it has none, the URL can be used again."""
        bare = self.url.set(query={}).render_as_string(hide_password=True)
        options = "&".join(
            f"{quote_plus(name)}={_shown_value(name, value)}"
            for name, values in self.url.query.items()
            for value in ([values] if isinstance(values, str) else values)
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


def _url(text: str) -> "URL":
    # SQLAlchemy takes long to load, and `remint --help` needs no address.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    parts = _PARTS.fullmatch(text)
    scheme = SCHEMES.get(parts["scheme"]) if parts else None
    if parts is None or scheme is None:
        raise ValueError(f"A database's address has the form {FORM}.")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise ValueError("The database's address is not UTF-8.")
    if "@" in parts["hosts"]:
        raise ValueError("In the user and the password of the database's address, write @ as %40.")
    login, hosts, rest = parts["login"] or "", parts["hosts"], parts["rest"]
    # SQLAlchemy reads one host in this place, and several as options.
    moved = "," in hosts or hosts.upper().startswith("%2F")
    try:
        url = make_url(f"{scheme}://{login}{'' if moved else hosts}{rest}")
    except (ArgumentError, ValueError):
        raise ValueError(
            f"A database's address has the form {FORM}, with a port from 1 to 65535 after HOST. In "
            "USER and PASSWORD, write reserved characters with a percent sign (@ as %40)."
        ) from None
    if moved and "host" not in url.query:
        url = url.update_query_pairs([("host", unquote(host)) for host in hosts.split(",")])
    return url


def _refuse_unless_file(url: "URL") -> None:
    """Refuse all but URLs for which SQLite opens exactly the file that the URL names."""
    file = str(url.database or "")
    is_bare = not (url.username or url.password or url.host or url.port)
    if not file or not is_bare or IN_MEMORY in file or "uri" in url.query:
        raise ValueError(f"SQLite needs a file: {SQLITE}:///FILE")
    if "\0" in file or "\N{REPLACEMENT CHARACTER}" in file or file.endswith("/"):
        raise ValueError(f"SQLite needs the name of a file, without NUL: {SQLITE}:///FILE")
    for name, values in url.query.items():
        read = FILE_OPTIONS.get(name)
        if read is None:
            known = " and ".join(FILE_OPTIONS)
            raise ValueError(f"The address of an SQLite file has the options {known} only.")
        try:
            read(str(values))
        except ValueError:
            raise ValueError(f"{name} in the database's address must be a number.") from None


def _shown_value(option: str, value: str) -> str:
    return HIDDEN if option in HIDDEN_OPTIONS else quote_plus(value, safe=":/,")


def _host(host: str, port: int) -> str:
    if host.startswith("/"):
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
