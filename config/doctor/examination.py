"""Owns the examinations of an installation, and the advice for each finding."""

import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from config.doctor.clients import examined_clients
from config.doctor.files import database_file, exposed_files
from config.doctor.finding import Finding, State
from config.doctor.issuers import examined_issuers
from config.settings.dangers import dangers
from config.settings.sections import Settings
from config.wiring.container import Container
from domain.errors import Misconfigured, Unavailable
from domain.signing_keys import SigningKey, signing_at
from infrastructure.database import schema
from infrastructure.database.checkup import DatabaseCheckup
from infrastructure.database.database import Database
from infrastructure.database.diagnosis import INSUFFICIENT_PRIVILEGE
from infrastructure.database.kind import MissingPrivileges
from infrastructure.security.encryption import DecryptionFailed

NOTICEABLE = timedelta(seconds=2)
LONG_WAIT = timedelta(minutes=1)
"""A running server passes audit events on within seconds."""


async def examine(settings: Settings, container: Container) -> AsyncIterator[Finding]:
    """Run every examination that is possible from here; nothing is changed."""
    yield _settings(settings)
    for finding in exposed_files(settings, os.environ):
        yield finding
    fault = database_file(settings)
    if fault is not None:
        yield fault
        return
    database = container.database()
    try:
        status = await schema.status(database)
        yield Finding("database", State.FINE, "The database answers.")
        checkup = DatabaseCheckup(database)
        encoding = await checkup.encoding_fault()
        if encoding is not None:
            yield Finding("encoding", State.FAILED, encoding)
        unlimited = await checkup.time_limit_fault()
        if unlimited is not None:
            yield Finding("time limits", State.WARNING, unlimited)
        yield await _schema(status, settings, database)
        if not status.is_servable:
            return
        yield await _writing(checkup)
        yield await _privileges(checkup, settings)
        keys = await container.signing_keys().all()
        margin = settings.keys.clock_margin
        yield _clock(await checkup.clock(), container.clock()(), keys, margin)
        yield _keys(keys, container)
        since = await container.audit_outbox().waiting_since()
        yield _audit_events(since, container.clock()())
        clients = await container.clients().all()
        for finding in examined_clients(clients, settings):
            yield finding
        issuers = await container.trusted_issuers().all()
        async for finding in examined_issuers(issuers, clients, settings.tokens.client_id):
            yield finding
    except Misconfigured as refused:
        yield await _refused(refused, database)
    except Unavailable as outage:
        yield _unreachable(outage)
    finally:
        await database.dispose()


def _settings(settings: Settings) -> Finding:
    count = len(dangers(settings))
    if count:
        says = f"Valid; {count} dangerous {'setting' if count == 1 else 'settings'}."
        return Finding("settings", State.WARNING, says, "Run: remint settings check")
    return Finding("settings", State.FINE, "Valid; no dangerous settings.")


async def _refused(refused: Misconfigured, database: Database) -> Finding:
    """The finding for a refusal, with the missing privileges if they are the reason."""
    if refused.code == INSUFFICIENT_PRIVILEGE:
        try:
            missing = await DatabaseCheckup(database).missing_privileges()
        except Unavailable:
            missing = MissingPrivileges()
        if missing.names:
            return _missing(missing)
    return Finding("database", State.FAILED, refused.explanation)


def _unreachable(outage: Unavailable) -> Finding:
    code = f" ({outage.code})" if outage.code else ""
    advice = "Check that the database runs, then its address, network and firewall."
    return Finding("database", State.FAILED, f"{outage.explanation}{code}", advice)


async def _writing(checkup: DatabaseCheckup) -> Finding:
    try:
        await checkup.prove_writable()
    except Unavailable as outage:
        code = outage.code or outage.reason
        says = f"The database cannot be written ({code}). {outage.explanation}"
        advice = "Check for a full disk, a quota, and a file system that is read-only."
        return Finding("writing", State.FAILED, says, advice)
    return Finding("writing", State.FINE, "The database can be written.")


async def _schema(status: schema.Status, settings: Settings, database: Database) -> Finding:
    says = f"Schema: {status.current or 'none'}; expected {status.head}."
    if status.is_servable and not status.is_behind:
        return Finding("schema", State.FINE, says)
    if not status.is_behind:
        return Finding("schema", State.FAILED, status.advice)
    missing = await DatabaseCheckup(database).missing_privileges()
    if missing.names:
        return _missing(missing)
    if not settings.database.migrate:
        return Finding("schema", State.FAILED, says, "Run: remint database upgrade")
    fault = await schema.migration_fault(database, status)
    if fault is not None:
        return Finding("schema", State.FAILED, f"{says} {fault}")
    advice = "Start the server, which upgrades the schema, or run: remint database upgrade"
    return Finding("schema", State.WARNING, says, advice)


async def _privileges(checkup: DatabaseCheckup, settings: Settings) -> Finding:
    missing = await checkup.missing_privileges()
    if missing.names:
        return _missing(missing)
    if not settings.database.migrate and await checkup.can_change_schema():
        says = "The role can change the schema, which serving does not need."
        advice = "Serve with a role that does not own the tables (docs/operate.md)."
        return Finding("privileges", State.WARNING, says, advice)
    return Finding("privileges", State.FINE, "The role has the privileges that serving needs.")


def _missing(missing: MissingPrivileges) -> Finding:
    says = f"Missing privileges: {', '.join(missing.names)}."
    return Finding("privileges", State.FAILED, says, missing.remedy)


def _clock(
    theirs: datetime | None, ours: datetime, keys: list[SigningKey], margin: timedelta
) -> Finding:
    others = [key.created_at for key in keys]
    if theirs is not None:
        others.append(theirs)
    behind = max((other - ours for other in others), default=timedelta())
    ahead = ours - theirs if theirs is not None else timedelta()
    apart = max(behind, ahead)
    advice = "Let NTP set the clocks of this machine and of the database server."
    says = (
        f"The clocks of this machine and of the database differ by {apart.total_seconds():.1f} s."
    )
    if apart > margin:
        return Finding("clock", State.FAILED, says, advice)
    if apart > NOTICEABLE:
        return Finding("clock", State.WARNING, says, advice)
    return Finding("clock", State.FINE, "The clocks of this machine and of the database agree.")


def _audit_events(since: datetime | None, now: datetime) -> Finding:
    if since is None or now - since < LONG_WAIT:
        return Finding("audit events", State.FINE, "No audit event of a command waits for long.")
    says = f"Audit events of commands have waited since {since:%Y-%m-%d %H:%M:%S} UTC."
    advice = "Start a server, which writes them into its log. If one runs, check its log."
    return Finding("audit events", State.WARNING, says, advice)


def _keys(keys: list[SigningKey], container: Container) -> Finding:
    signing = signing_at(keys, container.clock()())
    if signing is None:
        return Finding(
            "signing keys", State.WARNING, "There are no signing keys yet.", "Start the server."
        )
    key_encryption = container.key_encryption()
    try:
        for key in keys:
            key_encryption.decrypt(key.encrypted_private_key, key.id)
    except DecryptionFailed as failed:
        return Finding("signing keys", State.FAILED, failed.explanation)
    old = sum(1 for key in keys if not key_encryption.is_current(key.encrypted_private_key))
    if old:
        says = f"{old} of {len(keys)} signing keys are encrypted under an older server secret."
        advice = "Keep that secret in the list until a running server has re-encrypted the keys."
        return Finding("signing keys", State.WARNING, says, advice)
    return Finding(
        "signing keys",
        State.FINE,
        f"{len(keys)} signing {'key' if len(keys) == 1 else 'keys'}; {signing.id} signs.",
    )
