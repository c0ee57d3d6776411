"""Owns the sentence for each failure of a database, and whether the failure passes by itself."""

import errno
import socket
import sqlite3
import ssl
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy import exc

from domain.errors import Misconfigured
from infrastructure.database.address import Address
from infrastructure.database.file_faults import file_fault

INSUFFICIENT_PRIVILEGE = "42501"
NOT_REMINTS = (
    "The database {database} at {place} is not Remint's: tables of another program have the same "
    "names. Let database.url name an empty database. Nothing was changed."
)

REFUSALS = {
    "28P01": (
        "Postgres at {place} refuses the password of the role {role}. Correct the password in "
        "database.url, PGPASSWORD or ~/.pgpass."
    ),
    "28000": (
        "Postgres at {place} refuses the log-in of the role {role} to the database {database}: "
        "the role does not exist or cannot log in, or pg_hba.conf has no line for it. Create the "
        "role, or correct the role in database.url."
    ),
    "3D000": (
        "Postgres at {place} has no database {database}. Create the database, or correct the name "
        "in database.url."
    ),
    INSUFFICIENT_PRIVILEGE: (
        "The role {role} lacks a privilege in the database {database} at {place}. Run "
        "`remint doctor`, which names the privilege and the statement that grants it."
    ),
    "42P07": NOT_REMINTS,
    "42703": (
        "A table in the database {database} at {place} lacks a column. The table is not Remint's, "
        "or was changed by hand."
    ),
    "42704": (
        "Postgres at {place} does not know a setting in `options` of database.url. Correct the "
        "setting."
    ),
    "22P05": (
        "The database {database} at {place} is not in UTF-8 and cannot store every name. Move to "
        "a database that was created with ENCODING 'UTF8' TEMPLATE template0."
    ),
}
REFUSALS["22021"] = REFUSALS["22P05"]
"""SQLSTATE → the sentence. None of these failures passes by itself."""

OUTAGES = {
    "25006": "Postgres at {place} takes no writes: it is read-only or a standby.",
    "42P01": (
        "The database {database} at {place} lacks Remint's tables. Run `remint database upgrade`."
    ),
    "53100": "Postgres at {place} has no free space on its disk.",
    "53300": (
        "Postgres at {place} has no free connection for the role {role}: the limit of the role, of "
        "the database or of the server (max_connections) is reached."
    ),
    "57P03": "Postgres at {place} is starting, stopping or recovering.",
    "57014": "Postgres at {place} did not finish a statement within database.statement_timeout.",
    "55P03": "Another client holds a lock in the database {database} at {place} for too long.",
}
"""SQLSTATE → the sentence. These failures pass."""

_SQLITE_SENTENCES = {
    sqlite3.SQLITE_BUSY: "Another process holds the lock on the database file {place} for long.",
    sqlite3.SQLITE_LOCKED: "Another connection holds a lock on the database file {place}.",
    sqlite3.SQLITE_FULL: "The disk with the database file {place} is full.",
    sqlite3.SQLITE_IOERR: "The disk with the database file {place} cannot be read or written.",
}
_PASSING_OF_FILES = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR)
}
_SQLITE_REFUSALS = {
    sqlite3.SQLITE_NOTADB: (
        "{place} is no SQLite database, or is encrypted. Let database.url name another file, or "
        "restore a backup."
    ),
    sqlite3.SQLITE_CORRUPT: "The database file {place} is damaged. Restore a backup.",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What failed.

    Attributes:
        explanation: a sentence or two for operators.
        code: the driver's word: an SQLSTATE, SQLite's name of an error, or an errno's name.
        passes: whether the failure can pass without an operator.
    """

    explanation: str
    code: str
    passes: bool


def diagnose(error: BaseException, address: Address) -> Diagnosis:
    """What `error`, with which the database failed, says to an operator."""
    cause = innermost(error)
    if address.file is not None:
        return _of_file(cause, address.file, address)
    return _of_server(cause, address)


def not_remints(address: Address) -> Misconfigured:
    """The error for a database with another program's tables."""
    sentence = NOT_REMINTS if address.server else NOT_REMINTS.replace("{database} at ", "file ")
    return Misconfigured("databaseUnavailable", explanation=_filled(sentence, address))


def innermost(error: BaseException) -> BaseException:
    """The driver's or the operating system's error beneath those that were made of it."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        below = error.orig if isinstance(error, exc.DBAPIError) else None
        error = below or error.__cause__ or error
    return error


def _of_server(cause: BaseException, address: Address) -> Diagnosis:
    place = address.place
    state = getattr(cause, "sqlstate", None) or ""
    if state in REFUSALS:
        return Diagnosis(_filled(REFUSALS[state], address), state, passes=False)
    if state:
        sentence = OUTAGES.get(state, "Postgres at {place} cannot answer now.")
        return Diagnosis(_filled(sentence, address), state, passes=True)
    if isinstance(cause, asyncpg.exceptions.ClientConfigurationError):
        return Diagnosis(f"The address of the database is invalid: {cause}.", "", passes=False)
    if isinstance(cause, asyncpg.TargetServerAttributeNotMatched):
        return Diagnosis(_filled(OUTAGES["25006"], address), "25006", passes=True)
    if isinstance(cause, ssl.SSLError):
        reason = getattr(cause, "verify_message", "") or cause.reason or "handshake failed"
        says = f"TLS with Postgres at {place} failed: {reason.replace('_', ' ').lower()}."
        return Diagnosis(f"{says} Check ssl and sslrootcert in database.url.", "", passes=False)
    if isinstance(cause, ConnectionError) and "rejected SSL" in str(cause):
        says = f"Postgres at {place} offers no TLS, which ssl in database.url demands."
        return Diagnosis(says, "", passes=False)
    if isinstance(cause, socket.gaierror):
        says = f"The host of the database cannot be found: {place}."
        return Diagnosis(says, _gai_name(cause), passes=True)
    if isinstance(cause, (TimeoutError, exc.TimeoutError)):
        return Diagnosis(f"The database at {place} does not answer in time.", "", passes=True)
    if isinstance(cause, OSError):
        reason = f": {cause.strerror}" if cause.errno and cause.strerror else ""
        says = f"The database at {place} cannot be reached{reason}."
        return Diagnosis(says, _errno_name(cause), passes=True)
    return Diagnosis(f"The connection to the database at {place} was lost.", "", passes=True)


def _of_file(cause: BaseException, file: Path, address: Address) -> Diagnosis:
    if isinstance(cause, OSError):
        fault = None if cause.errno in _PASSING_OF_FILES else file_fault(file)
        says = fault or f"The database file {address.place} cannot be opened: {cause.strerror}."
        return Diagnosis(says, _errno_name(cause), passes=fault is None)
    code, name = _sqlite_error(cause)
    if code in _SQLITE_SENTENCES:
        return Diagnosis(_SQLITE_SENTENCES[code].format(place=address.place), name, passes=True)
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        fault = file_fault(file)
        says = fault or f"The database file {address.place} cannot be opened for writing."
        return Diagnosis(says, name, passes=fault is None)
    if code in _SQLITE_REFUSALS:
        says = file_fault(file) or _SQLITE_REFUSALS[code].format(place=address.place)
        return Diagnosis(says, name, passes=False)
    if str(cause).startswith("no such table"):
        says = f"The database file {address.place} lacks Remint's tables. "
        return Diagnosis(f"{says}Run `remint database upgrade`.", name, passes=True)
    if str(cause).startswith(("no such column", "table ")) and code == sqlite3.SQLITE_ERROR:
        return Diagnosis(not_remints(address).explanation, name, passes=False)
    return Diagnosis(f"The database file {address.place} cannot be used now.", name, passes=True)


def _filled(sentence: str, address: Address) -> str:
    server = address.server
    role, database = (server.role, server.database) if server else ("", "")
    return sentence.format(place=address.place, role=role, database=database)


def _sqlite_error(cause: BaseException) -> tuple[int, str]:
    """The primary code of an error of SQLite (the low byte), and SQLite's name of it."""
    code = getattr(cause, "sqlite_errorcode", None) or 0
    return code & 0xFF, getattr(cause, "sqlite_errorname", None) or ""


def _errno_name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "")


def _gai_name(error: socket.gaierror) -> str:
    names = (name for name in dir(socket) if name.startswith("EAI_"))
    return next((name for name in names if getattr(socket, name) == error.errno), "")
