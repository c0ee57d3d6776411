"""Builders of entities, so that a test shows only what matters to it."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.actors import Actor
from domain.assertions import Assertion
from domain.clients import Client, ClientTerms, secret_digest
from domain.identifiers import random_id, timed_id
from domain.key_sources import KeySource
from domain.refresh_tokens import RefreshToken
from domain.sessions import AtLimit, OwnedSession, Owner, Renewal, Session, SessionLimit
from domain.signing_keys import SigningKey
from domain.trusted_issuers import IssuerTerms, TrustedIssuer
from domain.users import User

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

IDLE = 14 * DAY
LIFETIME = 90 * DAY
SECRET = bytes(range(32))
ANOTHER_SECRET = bytes(32)
OPERATOR = Actor.operator("root")
NO_LIMIT = SessionLimit(count=1_000_000, at_limit=AtLimit.REFUSE, idle=IDLE)

_entropy = random.Random("builders").randbytes


def a_user(name: str | None = "someone", **differences: Any) -> User:
    """An enabled user without roles, under a subject of its own."""
    user_id = differences.pop("id", None) or random_id(_entropy)
    user = User(
        id=user_id,
        subject=str(user_id),
        name=name,
        password_hash="fake$1$",
        roles=(),
        created_at=NOON,
    )
    return replace(user, **differences)


def a_session(
    user: User | UUID | None = None,
    *,
    opened_at: datetime = NOON,
    renewal: Renewal = Renewal.ROTATING,
    **differences: Any,
) -> Session:
    """A rotating session, just opened and never rotated; its id sorts by when it was opened.

    Given a user, it lives in that user's credentials epoch.
    """
    owner = user if isinstance(user, User) else a_user()
    session = Session(
        id=timed_id(opened_at, _entropy),
        user_id=user if isinstance(user, UUID) else owner.id,
        secret_digest=RefreshToken(UUID(int=0), 0, SECRET).secret_digest,
        renewal=renewal,
        credentials_epoch=owner.credentials_epoch,
        opened_at=opened_at,
        last_used_at=opened_at,
        expires_at=opened_at + LIFETIME,
    )
    return replace(session, **differences)


def a_client(client_id: str = "app", secret: str | None = None, **differences: Any) -> Client:
    """An enabled public client, confidential if it has a secret, on terms as the settings say."""
    client = Client.public(client_id, ClientTerms(), now=NOON, entropy=_entropy)
    if secret is not None:
        client = replace(client, secret_digests=(secret_digest(secret),))
    return replace(client, **differences)


def an_issuer(
    issuer_id: str = "https://id.example", created_at: datetime = NOON, **differences: Any
) -> TrustedIssuer:
    """A trusted issuer that publishes its keys, for assertions whose audience is `shop`."""
    keys = KeySource(url=f"https://keys.example/{len(issuer_id)}")
    terms = replace(IssuerTerms(keys=keys, audiences=("shop",)), **differences)
    return TrustedIssuer(issuer_id, terms, created_at)


def an_assertion(issuer: str = "https://id.example", **differences: Any) -> Assertion:
    """What an issuer says at noon about the user `ada`, for five minutes."""
    assertion = Assertion(
        issuer=issuer,
        subject="ada",
        audience=("shop",),
        expires_at=NOON + 5 * MINUTE,
        issued_at=NOON,
    )
    return replace(assertion, **differences)


def a_token(
    session: Session | None = None, generation: int | None = None, secret: bytes = SECRET
) -> RefreshToken:
    """The session's current refresh token, or that of another generation."""
    of = session or a_session()
    return RefreshToken(of.id, of.generation if generation is None else generation, secret)


def an_owner(**differences: Any) -> Owner:
    """An enabled user in the first credentials epoch, as a decision sees it."""
    owner = Owner(subject="someone", roles=(), credentials_epoch=0, is_disabled=False)
    return replace(owner, **differences)


def owned(session: Session, **differences: Any) -> OwnedSession:
    """The session in the hands of an enabled user, differences from `an_owner` given."""
    return OwnedSession(session, an_owner(**differences))


def a_signing_key(sequence: int = 1, **differences: Any) -> SigningKey:
    """A key that was published and signs from noon on."""
    key = SigningKey(f"key-{sequence}", sequence, "ES256", b"encrypted", NOON, NOON)
    return replace(key, **differences)
