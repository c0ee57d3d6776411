"""Log in: a username and a password open a session."""

from dataclasses import dataclass, replace
from datetime import datetime

from application.steps.client_check import ClientCheck
from application.steps.login_guard import LoginGuard
from application.steps.password_check import Failed
from application.steps.proof_check import ProofCheck
from application.steps.session_opener import ROUNDS, OpenedSession, SessionOpener
from application.steps.session_terms import NOTHING, Asked
from domain.causes import LoginFailure
from domain.clients import Client, ClientAuthentication
from domain.errors import InvalidCredentials, InvalidUsername, TooManySessions, Unavailable
from domain.events import LoggedIn, LoginFailed
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.users import Users
from domain.proofs import PresentedProof
from domain.sessions import Origin
from domain.users import User, username


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Open a session for a user whose password is right.

    Unknown user, wrong password, disabled and throttled account look the same from outside, and
    cost the same password verification. A log-in that a change of the user's credentials overtakes
    begins again, so it has the outcome of a log-in after that change.
    """

    users: Users
    client_check: ClientCheck
    proof_check: ProofCheck
    login_guard: LoginGuard
    session_opener: SessionOpener
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self,
        name: str,
        password: str,
        origin: Origin,
        asked: Asked = NOTHING,
        *,
        client_id: str | None = None,
        credentials: ClientAuthentication | None = None,
        proof: PresentedProof | None = None,
    ) -> OpenedSession:
        """Open the session, which belongs to the built-in client unless a client is named.

        Args:
            client_id: the client that the user logs in with.
            credentials: those of a confidential client.
            proof: of the key that the session is bound to from now on.

        Raises:
            InvalidClient: see ClientCheck.
            InvalidProof: see ProofCheck.
            OutsideTerms: the client's sessions cannot have what was asked for.
            InvalidCredentials: name and password prove nothing.
            TooManyLogins: too many log-ins failed from this address.
            TooManySessions: the password is right, and the user is at the limit.
            Unavailable: too many passwords are being verified already, or changes of the user's
                credentials overtook the log-in every time.
        """
        client = await self.client_check.logging_in(client_id, credentials)
        asked = replace(asked, proof_key=await self.proof_check.binding(proof))
        name = _canonical(name)
        for _ in range(ROUNDS):
            user, now = await self.users.named(name), self.clock()
            match await self.login_guard(user, name, password, origin.address, now):
                case Failed(cause) as failed:
                    self.audit(LoginFailed.of(user, cause, at=now))
                    raise failed.error(otherwise=InvalidCredentials())
                case proved:
                    opened = await self._open(proved, client, asked, origin, now)
            if opened is not None:
                self.audit(LoggedIn.of(opened.subject, opened.session))
                return opened
        raise Unavailable("contended")

    async def _open(
        self, user: User, client: Client | None, asked: Asked, origin: Origin, now: datetime
    ) -> OpenedSession | None:
        try:
            return await self.session_opener(user, client, asked, origin, now)
        except TooManySessions:
            self.audit(LoginFailed.of(user, LoginFailure.TOO_MANY_SESSIONS, at=now))
            raise


def _canonical(name: str) -> str:
    """The form under which a name is looked up; a text that can be no name is looked up as well."""
    try:
        return username(name)
    except InvalidUsername:
        return ""
