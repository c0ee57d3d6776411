"""The stores in memory, as honest as the databases that they stand in for."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.causes import EndCause, RevocationCause
from domain.clients import Client
from domain.errors import (
    ClientIdTaken,
    SubjectTaken,
    TooManySessions,
    TrustedIssuerExists,
    Unavailable,
    UsernameTaken,
)
from domain.login_throttle import LoginAttempts
from domain.ports.audit_outbox import AuditRecord
from domain.revocations import Named, Published, Revocation, time_of_change
from domain.sessions import AtLimit, LiveAt, OwnedSession, Session, SessionClient, SessionLimit
from domain.signing_keys import SigningKey
from domain.trusted_issuers import TrustedIssuer
from domain.users import User


@dataclass(slots=True)
class FakeDatabase:
    """What the stores share, so that one operation can be atomic over several of them.

    Every operation lets other tasks run before it begins and none once it has begun: racing tasks
    interleave, and each operation is atomic. `writes` counts those that changed something.
    """

    users: dict[UUID, User] = field(default_factory=dict)
    sessions: dict[UUID, Session] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    signing_keys: dict[int, SigningKey] = field(default_factory=dict)
    attempts: dict[str, LoginAttempts] = field(default_factory=dict)
    audit_records: dict[UUID, AuditRecord] = field(default_factory=dict)
    revocations: list[Revocation] = field(default_factory=list)
    trusted_issuers: dict[str, TrustedIssuer] = field(default_factory=dict)
    used_ids: dict[tuple[str, str], datetime] = field(default_factory=dict)
    writes: Counter[str] = field(default_factory=Counter)
    is_down: bool = False
    loses_commits: bool = False

    async def visit(self) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise Unavailable("databaseUnavailable")

    def snapshot(self) -> "FakeDatabase":
        """A backup as of now: entities are immutable, so copying the tables is enough."""
        return FakeDatabase(
            dict(self.users),
            dict(self.sessions),
            dict(self.clients),
            dict(self.signing_keys),
            dict(self.attempts),
            dict(self.audit_records),
            list(self.revocations),
            dict(self.trusted_issuers),
            dict(self.used_ids),
        )

    def restore(self, backup: "FakeDatabase") -> None:
        """Forget what was written since the backup, as a restore or a failover would."""
        copy = backup.snapshot()
        self.users, self.sessions, self.clients = copy.users, copy.sessions, copy.clients
        self.signing_keys, self.attempts = copy.signing_keys, copy.attempts
        self.audit_records, self.revocations = copy.audit_records, copy.revocations
        self.trusted_issuers = copy.trusted_issuers
        self.used_ids = copy.used_ids

    def revoke(self, by: Named, value: str, cause: RevocationCause, at: datetime) -> None:
        self.revocations.append(Revocation(by, value, cause, at))

    def owned(self, session: Session) -> OwnedSession:
        user = self.users.get(session.user_id)
        client = self.clients.get(session.client_id) if session.client_id else None
        return OwnedSession(
            session,
            user.as_owner() if user else None,
            SessionClient(client.epoch, client.is_public, client.is_disabled, client.terms.idle)
            if client
            else None,
        )


@dataclass(frozen=True, slots=True)
class FakeUsers:
    """Both ports of the table of users: Users and UserRegister."""

    database: FakeDatabase

    async def add(self, user: User) -> None:
        await self.database.visit()
        self._refuse_taken(user)
        self.database.users[user.id] = user
        self.database.writes["add user"] += 1

    async def named(self, name: str) -> User | None:
        await self.database.visit()
        return self._find(lambda user: user.name == name)

    async def with_id(self, user_id: UUID) -> User | None:
        await self.database.visit()
        return self.database.users.get(user_id)

    async def with_subject(self, subject: str) -> User | None:
        await self.database.visit()
        return self._find(lambda user: user.subject == subject)

    async def replace(self, user: User, *, keeping: UUID | None = None) -> bool:
        await self.database.visit()
        stored = self.database.users.get(user.id)
        if stored is None or stored.version != user.version - 1:
            return False
        self._refuse_taken(user)
        self.database.users[user.id] = replace(user, revocation=None)
        self.database.writes["replace user"] += 1
        if user.revocation is not None:
            self.database.revocations.append(user.revocation)
        if keeping is not None:
            self._keep(keeping, stored, user)
        return True

    async def delete(self, user_id: UUID, at: datetime) -> bool:
        await self.database.visit()
        user = self.database.users.pop(user_id, None)
        if user is None:
            return False
        deleted_at = time_of_change(at, user.revoked_at)
        self.database.revoke(Named.SUBJECT, user.subject, RevocationCause.USER_GONE, deleted_at)
        self.database.writes["delete user"] += 1
        return True

    async def page(self, *, after: UUID | None, size: int) -> list[User]:
        await self.database.visit()
        by_id = sorted(self.database.users.values(), key=lambda user: user.id)
        return [user for user in by_id if after is None or user.id > after][:size]

    async def next_with_password(self, name: str) -> User | None:
        await self.database.visit()
        able = [user for user in self.database.users.values() if user.name and user.password_hash]
        following = [user for user in able if (user.name or "") > name]
        return min(following, key=lambda user: user.name or "", default=None)

    def _refuse_taken(self, user: User) -> None:
        others = [other for other in self.database.users.values() if other.id != user.id]
        if any(other.subject == user.subject for other in others):
            raise SubjectTaken
        if user.name is not None and any(other.name == user.name for other in others):
            raise UsernameTaken

    def _find(self, fits: Callable[[User], bool]) -> User | None:
        return next(filter(fits, self.database.users.values()), None)

    def _keep(self, session_id: UUID, before: User, after: User) -> None:
        session = self.database.sessions.get(session_id)
        if session is None or session.user_id != before.id:
            return
        if session.credentials_epoch == before.credentials_epoch:
            self.database.sessions[session_id] = replace(
                session, credentials_epoch=after.credentials_epoch
            )


@dataclass(frozen=True, slots=True)
class FakeSessions:
    """Both ports of the table of sessions: Sessions and SessionRegister."""

    database: FakeDatabase

    async def open(self, session: Session, limit: SessionLimit) -> list[UUID] | None:
        await self.database.visit()
        user = self.database.users.get(session.user_id)
        if user is None or user.is_disabled or user.credentials_epoch != session.credentials_epoch:
            return None
        now = session.opened_at
        live = [
            found.session
            for found in self._live_at(LiveAt(now, limit.idle), session.user_id)
            if found.session.client_id == session.client_id
        ]
        excess = limit.excess([session.id for session in live])
        if excess and limit.at_limit is AtLimit.REFUSE:
            raise TooManySessions
        for session_id in excess:
            self._end(self.database.sessions[session_id], EndCause.REPLACED, now)
        self._store("open", session)
        return excess

    async def find(self, session_id: UUID) -> OwnedSession | None:
        await self.database.visit()
        session = self.database.sessions.get(session_id)
        return self.database.owned(session) if session else None

    async def advance(self, session: Session, successor: Session) -> bool:
        await self.database.visit()
        stored = self.database.sessions.get(session.id)
        user = self.database.users.get(session.user_id)
        if stored is None or stored.ended_at is not None or user is None or user.is_disabled:
            return False
        if (stored.generation, stored.parent) != (session.generation, session.parent):
            return False
        if not stored.credentials_epoch == session.credentials_epoch == user.credentials_epoch:
            return False
        if stored.client_id is not None:
            client = self.database.clients.get(stored.client_id)
            if client is None or client.is_disabled or client.epoch != stored.client_epoch:
                return False
        self._store("advance", successor)
        return True

    async def touch(self, session: Session, at: datetime) -> None:
        await self.database.visit()
        stored = self.database.sessions.get(session.id)
        if stored is not None and stored.last_used_at == session.last_used_at:
            self._store("touch", replace(stored, last_used_at=at))

    async def end(self, session_id: UUID, cause: EndCause, at: datetime) -> bool:
        await self.database.visit()
        stored = self.database.sessions.get(session_id)
        if stored is None or stored.ended_at is not None:
            return False
        self._end(stored, cause, at)
        return True

    async def page(
        self, user_id: UUID | None, live: LiveAt | None, *, after: UUID | None, size: int
    ) -> list[OwnedSession]:
        await self.database.visit()
        rows = self._live_at(live, user_id)
        return [found for found in rows if after is None or found.session.id > after][:size]

    async def purge(self, expired_before: datetime, at_most: int) -> int:
        await self.database.visit()
        rows = sorted(self.database.sessions.values(), key=lambda session: session.expires_at)
        expired = [session for session in rows if session.expires_at < expired_before][:at_most]
        for session in expired:
            del self.database.sessions[session.id]
        return len(expired)

    async def count_alive(self, at: datetime) -> int:
        await self.database.visit()
        return sum(
            session.ended_at is None and not session.is_expired_at(at)
            for session in self.database.sessions.values()
        )

    def _live_at(self, live: LiveAt | None, user_id: UUID | None) -> list[OwnedSession]:
        rows = sorted(self.database.sessions.values(), key=lambda session: session.id)
        everyone = [self.database.owned(session) for session in rows]
        return [
            found
            for found in everyone
            if user_id in (None, found.session.user_id)
            and (live is None or found.is_live_at(live.now, live.idle))
        ]

    def _end(self, session: Session, cause: EndCause, at: datetime) -> None:
        self._store("end", replace(session, ended_at=at, end_cause=cause))
        self.database.revoke(Named.SESSION, str(session.id), RevocationCause(cause.value), at)

    def _store(self, act: str, session: Session) -> None:
        self.database.sessions[session.id] = session
        self.database.writes[act] += 1


@dataclass(frozen=True, slots=True)
class FakeClients:
    database: FakeDatabase

    async def add(self, client: Client) -> None:
        await self.database.visit()
        if client.id in self.database.clients:
            raise ClientIdTaken
        self.database.clients[client.id] = client

    async def with_id(self, client_id: str) -> Client | None:
        await self.database.visit()
        return self.database.clients.get(client_id)

    async def all(self) -> list[Client]:
        await self.database.visit()
        return sorted(self.database.clients.values(), key=lambda client: client.id)

    async def replace(self, client: Client) -> bool:
        await self.database.visit()
        stored = self.database.clients.get(client.id)
        if stored is None or stored.version != client.version - 1:
            return False
        self.database.clients[client.id] = replace(client, revoked_at=None)
        if client.revoked_at is not None:
            self._revoke(client.id, client.revoked_at)
        return True

    async def delete(self, client_id: str, at: datetime) -> bool:
        await self.database.visit()
        if self.database.clients.pop(client_id, None) is None:
            return False
        self._revoke(client_id, at)
        return True

    def _revoke(self, client_id: str, at: datetime) -> None:
        for session in self.database.sessions.values():
            if session.client_id != client_id or session.ended_at is not None:
                continue
            if not session.is_expired_at(at):
                cause = RevocationCause.CLIENT_DISABLED
                self.database.revoke(Named.SESSION, str(session.id), cause, at)


@dataclass(frozen=True, slots=True)
class FakeSigningKeys:
    database: FakeDatabase

    async def all(self) -> list[SigningKey]:
        await self.database.visit()
        return sorted(self.database.signing_keys.values(), key=lambda key: key.sequence)

    async def add(self, key: SigningKey) -> bool:
        await self.database.visit()
        if key.sequence in self.database.signing_keys:
            return False
        self.database.signing_keys[key.sequence] = key
        return True

    async def replace(self, key: SigningKey, reencrypted: SigningKey) -> bool:
        await self.database.visit()
        if self.database.signing_keys.get(key.sequence) != key:
            return False
        self.database.signing_keys[key.sequence] = replace(
            key, encrypted_private_key=reencrypted.encrypted_private_key
        )
        return True

    async def remove(self, key_id: str, *, revoked_at: datetime | None = None) -> bool:
        await self.database.visit()
        for sequence, key in self.database.signing_keys.items():
            if key.id == key_id:
                del self.database.signing_keys[sequence]
                if revoked_at is not None:
                    cause = RevocationCause.KEY_REMOVED
                    self.database.revoke(Named.KEY, key_id, cause, revoked_at)
                return True
        return False


@dataclass(frozen=True, slots=True)
class FakeThrottle:
    database: FakeDatabase

    async def count(self, key: str, at: datetime, window: timedelta) -> LoginAttempts:
        await self.database.visit()
        before = self.database.attempts.get(key)
        if before is None or before.window_ends_at <= at:
            before = LoginAttempts(0, at + window)
        counted = replace(before, count=before.count + 1)
        self.database.attempts[key] = counted
        return counted

    async def discount(self, key: str) -> None:
        await self.database.visit()
        before = self.database.attempts.get(key)
        if before is not None and before.count > 0:
            self.database.attempts[key] = replace(before, count=before.count - 1)

    async def forget(self, key: str) -> None:
        await self.database.visit()
        self.database.attempts.pop(key, None)

    async def purge(self, over_before: datetime, at_most: int) -> int:
        await self.database.visit()
        over = [
            key
            for key, attempts in self.database.attempts.items()
            if attempts.window_ends_at <= over_before
        ][:at_most]
        for key in over:
            del self.database.attempts[key]
        return len(over)


@dataclass(frozen=True, slots=True)
class FakeRevocations:
    """A cursor is the number of revocations that a follower has."""

    database: FakeDatabase

    async def after(self, cursor: str | None, wait: timedelta) -> Published:
        await self.database.visit()
        until = asyncio.get_running_loop().time() + wait.total_seconds()
        count = len(self.database.revocations)
        known = 0 if cursor is None or int(cursor) > count else int(cursor)
        while len(self.database.revocations) == known:
            if asyncio.get_running_loop().time() >= until:
                break
            await asyncio.sleep(0.01)
        kept = self.database.revocations
        return Published(tuple(kept[known:]), str(len(kept)))

    async def purge(self, changed_before: datetime, at_most: int) -> int:
        await self.database.visit()
        over = [one for one in self.database.revocations if one.at < changed_before][:at_most]
        for one in over:
            self.database.revocations.remove(one)
        return len(over)


@dataclass(frozen=True, slots=True)
class FakeTrustedIssuers:
    database: FakeDatabase

    async def add(self, issuer: TrustedIssuer) -> None:
        await self.database.visit()
        if issuer.id in self.database.trusted_issuers:
            raise TrustedIssuerExists
        self.database.trusted_issuers[issuer.id] = issuer

    async def with_id(self, issuer_id: str) -> TrustedIssuer | None:
        await self.database.visit()
        return self.database.trusted_issuers.get(issuer_id)

    async def all(self) -> list[TrustedIssuer]:
        await self.database.visit()
        return sorted(self.database.trusted_issuers.values(), key=lambda issuer: issuer.id)

    async def replace(self, issuer: TrustedIssuer) -> bool:
        await self.database.visit()
        if issuer.id not in self.database.trusted_issuers:
            return False
        self.database.trusted_issuers[issuer.id] = issuer
        return True

    async def delete(self, issuer_id: str) -> bool:
        await self.database.visit()
        return self.database.trusted_issuers.pop(issuer_id, None) is not None


@dataclass(frozen=True, slots=True)
class FakeUsedIds:
    database: FakeDatabase

    async def use(self, issuer: str, assertion_id: str, until: datetime) -> bool:
        await self.database.visit()
        first = (issuer, assertion_id) not in self.database.used_ids
        self.database.used_ids.setdefault((issuer, assertion_id), until)
        return first

    async def purge(self, over_before: datetime, at_most: int) -> int:
        await self.database.visit()
        used = self.database.used_ids
        over = [key for key, until in used.items() if until <= over_before][:at_most]
        for key in over:
            del used[key]
        return len(over)


@dataclass(frozen=True, slots=True)
class FakeAuditOutbox:
    database: FakeDatabase

    async def add(self, records: Sequence[AuditRecord]) -> None:
        await self.database.visit()
        self.database.audit_records |= {record.id: record for record in records}

    async def hand_over(self, to: Callable[[Sequence[AuditRecord]], bool], at_most: int) -> int:
        await self.database.visit()
        waiting = self.database.audit_records
        oldest = [waiting[record_id] for record_id in sorted(waiting)[:at_most]]
        if not oldest or not to(oldest):
            return 0
        if self.database.loses_commits:
            raise Unavailable("databaseUnavailable")
        for record in oldest:
            del waiting[record.id]
        return len(oldest)

    async def waiting_since(self) -> datetime | None:
        await self.database.visit()
        waiting = self.database.audit_records
        return waiting[min(waiting)].at if waiting else None
