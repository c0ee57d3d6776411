"""In-memory adapters for every port, at one address; the stores have a module of their own."""

import hashlib
import hmac
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access_tokens import AccessToken
from domain.assertions import Assertion
from domain.causes import AssertionFlaw, ProofFlaw, RefusalCause, TokenFlaw
from domain.errors import (
    InvalidAccessToken,
    InvalidAssertion,
    InvalidKeySource,
    InvalidProof,
    InvalidRefreshToken,
    Unavailable,
)
from domain.events import AuditEvent
from domain.key_sources import KeySource
from domain.ports.passwords import Verdict
from domain.proofs import Proof
from domain.refresh_tokens import RefreshToken
from domain.signing_keys import SigningKey
from tests.support.fakes.builders import NOON
from tests.support.fakes.fake_stores import (
    FakeDatabase,
    FakeSessions,
    FakeSigningKeys,
    FakeThrottle,
    FakeUsers,
)

__all__ = [
    "FakeAssertions",
    "FakeClock",
    "FakeCodec",
    "FakeDatabase",
    "FakeJwts",
    "FakeKeyMaker",
    "FakeNonces",
    "FakePasswords",
    "FakeProofs",
    "FakeReadinessCheck",
    "FakeSessions",
    "FakeSigningKeys",
    "FakeThrottle",
    "FakeUsers",
    "Patience",
    "RecordingAuditTrail",
    "SeededEntropy",
]


@dataclass(slots=True)
class FakeClock:
    """Stands still until a test moves it, in either direction."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass(slots=True)
class SeededEntropy:
    """Bytes that differ from call to call and are the same in every run."""

    source: random.Random = field(default_factory=lambda: random.Random(0))

    def __call__(self, count: int) -> bytes:
        return self.source.randbytes(count)


@dataclass(slots=True)
class Patience:
    """Whether the caller still waits, and how often that was asked."""

    waits: bool = True
    asked: int = 0

    async def __call__(self) -> bool:
        self.asked += 1
        return self.waits


@dataclass(slots=True)
class RecordingAuditTrail:
    """Keeps the events in their order."""

    events: list[AuditEvent] = field(default_factory=list)

    def __call__(self, event: AuditEvent) -> None:
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        return [event.name for event in self.events]

    @property
    def alerts(self) -> list[AuditEvent]:
        return [event for event in self.events if event.alert]


@dataclass(slots=True)
class FakePasswords:
    """Fast, and counts what real ones would spend; hashes of a lower `cost` are outdated.

    Real hashing takes a while: `while_hashing` happens during the first hash, `while_verifying`
    during the first verification. `spent` has the cost of each verification.
    """

    cost: int = 1
    is_overrun: bool = False
    verifications: int = 0
    spent: list[int] = field(default_factory=list)
    while_hashing: Callable[[], Awaitable[object]] | None = None
    while_verifying: Callable[[], Awaitable[object]] | None = None

    async def hash(self, password: str) -> str:
        self._refuse_when_overrun()
        happens, self.while_hashing = self.while_hashing, None
        if happens is not None:
            await happens()
        return f"fake${self.cost}${_digest(password)}"

    def accepts(self, password_hash: str) -> bool:
        return password_hash.startswith("fake$")

    async def verify(
        self, password: str, password_hash: str | None, *, like: str | None = None
    ) -> Verdict:
        self._refuse_when_overrun()
        self.verifications += 1
        _, like_cost, _ = (password_hash or like or f"fake${self.cost}$").split("$")
        self.spent.append(int(like_cost))
        happens, self.while_verifying = self.while_verifying, None
        if happens is not None:
            await happens()
        _, cost, digest = (password_hash or "fake$0$").split("$")
        return Verdict(digest == _digest(password), outdated=int(cost) < self.cost)

    def _refuse_when_overrun(self) -> None:
        if self.is_overrun:
            raise Unavailable("passwordsBusy")


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class FakeCodec:
    """Writes readable tokens and, like the real one, accepts none that it did not write."""

    key: bytes = b"a key of this process"

    def write(self, token: RefreshToken) -> str:
        body = f"{token.session_id.hex}.{token.generation}.{token.secret.hex()}"
        return f"{body}.{self._mac(body)}"

    def read(self, text: str) -> RefreshToken:
        body, _, mac = text.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(body).encode()):
            raise InvalidRefreshToken(RefusalCause.UNRECOGNIZED, TokenFlaw.MALFORMED)
        session_id, generation, secret = body.split(".")
        return RefreshToken(UUID(hex=session_id), int(generation), bytes.fromhex(secret))

    def _mac(self, body: str) -> str:
        return hmac.new(self.key, body.encode(), "sha256").hexdigest()[:32]


@dataclass(slots=True)
class FakeJwts:
    """Signs and verifies: a JWT is its `jti`, and what it says is remembered here."""

    clock: FakeClock
    has_key: bool = True
    signed: dict[str, AccessToken] = field(default_factory=dict)

    def sign(self, token: AccessToken) -> str:
        if not self.has_key:
            raise Unavailable("noSigningKey")
        self.signed[f"jwt-{token.id}"] = token
        return f"jwt-{token.id}"

    async def verify(self, text: str, *, any_audience: bool = False) -> AccessToken:
        token = self.signed.get(text)
        if token is None or token.expires_at <= self.clock():
            raise InvalidAccessToken
        return token


@dataclass(slots=True)
class FakeAssertions:
    """Signs, and verifies with the keys of a source: an assertion is its number, and what it says
    is remembered here."""

    signed: dict[str, tuple[str, Assertion]] = field(default_factory=dict)
    are_keys_gone: bool = False

    def sign(self, assertion: Assertion, keys: KeySource) -> str:
        text = f"assertion-{len(self.signed)}"
        self.signed[text] = (keys.url or keys.jwks, assertion)
        return text

    def issuer_of(self, text: str) -> str:
        if text not in self.signed:
            raise InvalidAssertion(AssertionFlaw.MALFORMED)
        return self.signed[text][1].issuer

    async def verify(self, text: str, keys: KeySource) -> Assertion:
        self.issuer_of(text)
        if self.are_keys_gone and keys.url:
            raise Unavailable("issuerKeysUnavailable")
        signer, assertion = self.signed[text]
        if signer != (keys.url or keys.jwks):
            raise InvalidAssertion(AssertionFlaw.WRONG_SIGNATURE)
        return assertion

    def checked(self, jwks: str) -> str:
        if not jwks.startswith("{"):
            raise InvalidKeySource("jwks")
        return jwks

    async def fetch(self, sources: Sequence[KeySource]) -> None:
        if self.are_keys_gone and sources:
            raise Unavailable("issuerKeysUnavailable")


@dataclass(slots=True)
class FakeProofs:
    """Signs proofs of possession: a proof is its number, and what it says is remembered here."""

    signed: dict[str, Proof] = field(default_factory=dict)

    def sign(self, proof: Proof) -> str:
        text = f"proof-{len(self.signed)}"
        self.signed[text] = proof
        return text

    def read(self, text: str) -> Proof:
        if text not in self.signed:
            raise InvalidProof(ProofFlaw.MALFORMED)
        return self.signed[text]


class FakeNonces:
    """A nonce is the time at which it was made."""

    def make(self, now: datetime) -> str:
        return now.isoformat()

    def made_at(self, nonce: str) -> datetime | None:
        try:
            return datetime.fromisoformat(nonce)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class FakeKeyMaker:
    """Makes keys that sign nothing; every one is another."""

    made: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self, sequence: int, created_at: datetime, signs_from: datetime) -> SigningKey:
        number = next(self.made)
        return SigningKey(
            f"key-{sequence}-{number}", sequence, "ES256", b"encrypted", created_at, signs_from
        )


@dataclass(slots=True)
class FakeKeyEncryption:
    """Writes the newest server secret's name as the ciphertext."""

    newest: bytes = b"encrypted"

    def reencrypted(self, key: SigningKey) -> SigningKey | None:
        return (
            None
            if key.encrypted_private_key == self.newest
            else replace(key, encrypted_private_key=self.newest)
        )


@dataclass(slots=True)
class FakeReadinessCheck:
    """Reports the problem that it is given, if any."""

    trouble: str | None = None

    async def problem(self) -> str | None:
        return self.trouble
