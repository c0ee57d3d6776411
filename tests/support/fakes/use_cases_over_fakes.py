"""Every use case over fakes: the whole product without HTTP and without a database."""

from datetime import timedelta

import pytest

from application.composition import Policies, Ports, use_cases
from application.refresh import Refreshed
from application.steps.session_opener import OpenedSession
from application.steps.session_terms import Asked, SessionTerms
from domain.decision_table import RenewalPolicy
from domain.errors import InvalidCredentials
from domain.login_throttle import ThrottlePolicy
from domain.ports.environment import Entropy, StillWaiting
from domain.ports.tokens import RefreshTokenCodec
from domain.proofs import ProofPolicy
from domain.sessions import Origin, Renewal, SessionLimit
from domain.signing_keys import KeyPolicy
from domain.users import User
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import DAY, HOUR, LIFETIME, MINUTE, NO_LIMIT, OPERATOR
from tests.support.fakes.fakes import (
    FakeAssertions,
    FakeClock,
    FakeCodec,
    FakeDatabase,
    FakeJwts,
    FakeKeyEncryption,
    FakeKeyMaker,
    FakeNonces,
    FakePasswords,
    FakeProofs,
    FakeReadinessCheck,
    Patience,
    RecordingAuditTrail,
    SeededEntropy,
)
from tests.support.fakes.stores import Stores

ORIGIN = Origin("a browser", "192.0.2.1")
BUILT_IN = "remint"
AUDIENCE = "remint"
PROOFS = ProofPolicy(address="http://localhost:8080", max_age=MINUTE)
NAMES = ("http://localhost:8080", "http://localhost:8080/oauth/token")
"""What clients call Remint in their assertions."""


def some_terms(
    renewal: Renewal = Renewal.ROTATING,
    limit: SessionLimit = NO_LIMIT,
    lifetime: timedelta = LIFETIME,
) -> SessionTerms:
    """Terms as the settings have them by default, but for what is given."""
    return SessionTerms(renewal, lifetime, limit, AUDIENCE, support_lifetime=HOUR)


class UseCasesOverFakes:
    """The use cases (`can`), and the fakes that a test watches or moves."""

    def __init__(
        self,
        stores: Stores | None = None,
        *,
        database: FakeDatabase | None = None,
        clock: FakeClock | None = None,
        entropy: Entropy | None = None,
        audit: RecordingAuditTrail | None = None,
        refresh_tokens: RefreshTokenCodec | None = None,
        renewal: Renewal = Renewal.ROTATING,
        terms: SessionTerms | None = None,
        throttle: ThrottlePolicy | None = None,
        proofs: ProofPolicy = PROOFS,
    ) -> None:
        self.database = database or FakeDatabase()
        self.stores = stores or Stores.in_memory(self.database)
        self.clock = clock or FakeClock()
        self.entropy = entropy or SeededEntropy()
        self.audit = audit or RecordingAuditTrail()
        self.passwords = FakePasswords()
        self.codec = refresh_tokens or FakeCodec()
        self.jwts = FakeJwts(self.clock)
        self.assertions = FakeAssertions()
        self.proofs = FakeProofs()
        self.readiness_check = FakeReadinessCheck()
        self.key_encryption = FakeKeyEncryption()
        policies = Policies(
            renewal=RenewalPolicy(),
            terms=terms or some_terms(renewal),
            keys=KeyPolicy(30 * DAY, HOUR, 10 * MINUTE),
            throttle=throttle or ThrottlePolicy(),
            built_in_client=BUILT_IN,
            client_audiences=NAMES,
            proofs=proofs,
            access_token_lifetime=10 * MINUTE,
            retention=DAY,
            revocations_kept=11 * MINUTE,
            purge_batch=3,
        )
        self.can = use_cases(self._ports(), policies)

    def _ports(self) -> Ports:
        return Ports(
            clock=self.clock,
            entropy=self.entropy,
            users=self.stores.users,
            user_register=self.stores.user_register,
            clients=self.stores.clients,
            sessions=self.stores.sessions,
            session_register=self.stores.session_register,
            login_throttle=self.stores.login_throttle,
            revocations=self.stores.revocations,
            trusted_issuers=self.stores.trusted_issuers,
            used_ids=self.stores.used_ids,
            key_sets=self.assertions,
            assertion_verifier=self.assertions,
            proof_verifier=self.proofs,
            nonces=FakeNonces(),
            signing_keys=self.stores.signing_keys,
            make_signing_key=FakeKeyMaker(),
            key_encryption=self.key_encryption,
            access_tokens=self.jwts,
            refresh_tokens=self.codec,
            passwords=self.passwords,
            audit=self.audit,
            readiness_checks=[self.readiness_check],
        )

    def restarted(self, stores: Stores) -> "UseCasesOverFakes":
        """A new process over the same data, in the same world."""
        return UseCasesOverFakes(stores, clock=self.clock, entropy=self.entropy, audit=self.audit)

    def passes(self, time: timedelta) -> None:
        self.clock.advance(time)

    async def add_user(self, name: str = "someone", roles: tuple[str, ...] = ()) -> User:
        return await self.can.operators.add_user(name, PASSWORD, roles, by=OPERATOR)

    async def fails_to_log_in(self, name: str = "someone", password: str = "wrong") -> None:
        with pytest.raises(InvalidCredentials):
            await self.can.presenters.authenticate(name, password, ORIGIN)

    async def gets_another_user(self, name: str, password: str) -> None:
        """The name passes to somebody else."""
        await self.can.operators.delete_user(name, by=OPERATOR)
        await self.can.operators.add_user(name, password, by=OPERATOR)

    async def log_in(self, name: str = "someone", renewal: Renewal | None = None) -> OpenedSession:
        return await self.can.presenters.authenticate(
            name, PASSWORD, ORIGIN, Asked(renewal=renewal)
        )

    async def signed_in(self, renewal: Renewal | None = None) -> OpenedSession:
        """A user, added and logged in, with a clean audit trail from here on."""
        await self.add_user()
        opened = await self.log_in(renewal=renewal)
        self.audit.events.clear()
        self.database.writes.clear()
        return opened

    async def refresh(self, token: str, still_waiting: StillWaiting | None = None) -> Refreshed:
        return await self.can.presenters.refresh(token, still_waiting or Patience())

    async def rotate(self, token: str) -> str:
        """The successor of a token, once its burst is over."""
        refreshed = await self.refresh(token)
        assert refreshed.refresh_token is not None
        self.passes(MINUTE)
        return refreshed.refresh_token
