"""Owns the options of a Postgres address: libpq's names, and the driver's argument for each."""

import difflib
import getpass
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

if TYPE_CHECKING:
    from sqlalchemy import URL

TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
"""Values of `ssl`, which libpq calls `sslmode`, from the weakest to the strongest."""
ENCRYPTING = frozenset(TLS_MODES[TLS_MODES.index("require") :])
"""The modes that refuse a connection without TLS."""
SYSTEM = "system"
"""Value of `sslrootcert` for the operating system's certificate authorities."""

TLS_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
TLS_OPTIONS = (
    *TLS_FILES,
    *("sslpassword", "sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version"),
)
"""asyncpg takes these options from a connection string only, and under libpq's names."""
SESSION_OPTIONS = ("application_name", "options")
"""Settings that a connection sends to the server when it opens."""
ALIASES = {"sslmode": "ssl", "dbname": "database"}
CHOICES = {
    "ssl": TLS_MODES,
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer"),
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": ("any", "read-write", "primary"),
    "ssl_min_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    "ssl_max_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
}
NUMBERS = {"connect_timeout": 60, "prepared_statement_cache_size": 10_000}
"""Options that are numbers from 0 on, each with its maximum."""
KNOWN = frozenset(
    {
        *("host", "port", "user", "password", "database", "passfile"),
        *(*TLS_OPTIONS, *SESSION_OPTIONS, *CHOICES, *NUMBERS, *ALIASES),
    }
)
HIDDEN_OPTIONS = frozenset({"password", "sslpassword"})

DEFAULT_PORT = 5432
_HOST = re.compile(r"(\[(?P<v6>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>\d{0,5}))?")
_CLOSE = 0.6
"""Similarity from which a name is taken for a misspelt option, and not for a piece of a secret."""


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """The options of one address; the hosts and the login of the URL's own part are among them."""

    hosts: tuple[str, ...]
    """Names or addresses, or the folders of sockets; none for the driver's default."""
    ports: tuple[int, ...]
    """One for each host; none for the driver's default."""
    texts: Mapping[str, str] = field(repr=False)
    """Every other option, under its name in this module."""

    @property
    def tls_mode(self) -> str:
        """The value of `ssl`; as in libpq, `sslrootcert=system` implies the strongest mode."""
        is_system = self.texts.get("sslrootcert") == SYSTEM
        return self.texts.get("ssl", "verify-full" if is_system else "")

    @property
    def role(self) -> str:
        """The name that logs in."""
        return self.texts.get("user") or os.environ.get("PGUSER") or getpass.getuser()

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.texts.get("database") or os.environ.get("PGDATABASE") or self.role

    def arguments(self) -> dict[str, Any]:
        """The arguments with which the driver connects."""
        texts = self.texts
        found: dict[str, Any] = {
            name: texts[name]
            for name in ("user", "password", "database", "passfile")
            if name in texts
        }
        if self.hosts:
            found["host"] = list(self.hosts)
        if self.ports:
            found["port"] = list(self.ports)
        if texts.get("sslrootcert") == SYSTEM:
            found["ssl"] = ssl.create_default_context()
        elif "ssl" in texts:
            found["ssl"] = texts["ssl"]
        if "prepared_statement_cache_size" in texts:
            found["prepared_statement_cache_size"] = int(texts["prepared_statement_cache_size"])
        for_tls = {
            name: texts[name] for name in TLS_OPTIONS if name in texts and texts[name] != SYSTEM
        }
        if for_tls:
            found["dsn"] = f"postgresql://?{urlencode(for_tls)}"
        return found

    def session_settings(self) -> dict[str, str]:
        """The settings that every connection sends to the server when it opens."""
        return {name: self.texts[name] for name in SESSION_OPTIONS if name in self.texts}


def read_options(url: "URL") -> PostgresOptions:
    """The options of an address that has been parsed.

    Raises:
        ValueError: the driver would refuse an option; never with a value in the text.
    """
    texts = {
        name: value
        for name, value in {
            "user": url.username,
            "password": url.password,
            "database": url.database,
        }.items()
        if value
    }
    hosts: list[str] = [url.host or ""] if url.host or url.port else []
    ports: list[str] = [str(url.port)] if url.port is not None else []
    for name, values in url.query.items():
        several = [values] if isinstance(values, str) else list(values)
        if name == "host":
            hosts, ports = [host for text in several for host in text.split(",")], []
    for name, values in url.query.items():
        several = [values] if isinstance(values, str) else list(values)
        if name == "port":
            ports = [port for text in several for port in text.split(",")]
        elif name != "host":
            _add(texts, name, several)
    _refuse_unless_usable(texts)
    found = PostgresOptions(*_addresses(hosts, ports), texts)
    _refuse_without_role(found)
    return found


def _add(texts: dict[str, str], name: str, values: list[str]) -> None:
    if name not in KNOWN:
        raise ValueError(_unknown(name))
    name = ALIASES.get(name, name)
    is_of_login = name in ("user", "password", "database")
    if len(set(values)) > 1 or (not is_of_login and texts.get(name, values[0]) != values[0]):
        raise ValueError(f"{name} is in the database's address twice, with two values.")
    texts[name] = _checked(name, values[0])


def _unknown(name: str) -> str:
    """Without `name` itself unless it is nearly an option's: it can be a piece of a password."""
    nearest = difflib.get_close_matches(name, sorted(KNOWN), n=1, cutoff=_CLOSE)
    if nearest:
        return f"The database's address has no option {name}; the nearest is {nearest[0]}."
    known = ", ".join(sorted(KNOWN))
    return f"The database's address has an unknown option. The options are {known}."


def _checked(name: str, value: str) -> str:
    choices = CHOICES.get(name)
    if choices and value not in choices:
        [nearest] = difflib.get_close_matches(value, choices, n=1, cutoff=0.0)
        listed = ", ".join(choices)
        raise ValueError(f"{name} must be one of {listed}; the nearest is {nearest}.")
    most = NUMBERS.get(name)
    if most is not None and not (value.isascii() and value.isdigit() and int(value) <= most):
        raise ValueError(f"{name} must be a whole number from 0 to {most}.")
    if name in TLS_FILES and not (name == "sslrootcert" and value == SYSTEM):
        _refuse_unless_readable(name, value)
    return value


def _refuse_unless_readable(name: str, value: str) -> None:
    try:
        is_file = Path(value).is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        raise ValueError(f"{name} in the database's address names a file that does not exist.")
    if not os.access(value, os.R_OK):
        raise ValueError(f"{name} in the database's address names a file that cannot be read.")


def _refuse_unless_usable(texts: Mapping[str, str]) -> None:
    for name, value in texts.items():
        if "\0" in value:
            raise ValueError(f"The {name} in the database's address has a NUL character.")
        if "\N{REPLACEMENT CHARACTER}" in value:
            raise ValueError(f"The {name} in the database's address is not UTF-8.")


def _refuse_without_role(options: PostgresOptions) -> None:
    try:
        role = options.role
    except (KeyError, OSError):
        role = ""
    if not role:
        raise ValueError(
            "The database's address names no user, and the user id of this process has no name. "
            "Put the role into the address: //ROLE@HOST/NAME."
        )


def _addresses(hosts: list[str], ports: list[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    if not hosts:
        return (), tuple(_port(port) for port in ports)
    named = [_host_and_port(host) for host in hosts]
    if ports and len(ports) not in (1, len(hosts)):
        raise ValueError("The database's address must have one port, or one for each host.")
    for port in ports:
        _port(port)
    given = ports * len(hosts) if len(ports) == 1 else ports or [""] * len(hosts)
    both = [port or other for (_, port), other in zip(named, given, strict=True)]
    if not any(both):
        return tuple(host for host, _ in named), ()
    return tuple(host for host, _ in named), tuple(_port(port) for port in both)


def _host_and_port(text: str) -> tuple[str, str]:
    host = unquote(text)
    if host.startswith("/"):
        return host, ""
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"
    found = _HOST.fullmatch(host)
    if found is None:
        raise ValueError(_BAD_PORT if ":" in host else _BAD_HOST)
    name = found["v6"] if found["v6"] is not None else found["name"]
    if re.search(r"[\s\0@#?%\\]", name) or not _has_host_form(name):
        raise ValueError(_BAD_HOST)
    return name, found["port"] or ""


_BAD_HOST = "A host in the database's address is not a name, an address or the folder of a socket."
_BAD_PORT = "A port in the database's address must be a number from 1 to 65535."


def _has_host_form(name: str) -> bool:
    try:
        return ":" in name or bool(name.encode("idna")) or not name
    except UnicodeError:
        return False


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ValueError(_BAD_PORT)
    return int(text)
