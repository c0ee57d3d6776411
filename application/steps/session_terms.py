"""The terms of a new session: what was asked for, within what its client can have."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain import claims
from domain.clients import Client, ClientTerms
from domain.errors import OutsideTerms
from domain.grants import EMPTY, Grant
from domain.sessions import Renewal, SessionLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a log-in or a back end asks for in a new session. None and empty mean the default.

    For `audience` to `proof_key` see `domain.grants.Grant`.
    """

    renewal: Renewal | None = None
    lifetime: timedelta | None = None
    audience: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    claims: str = field(default=claims.NONE, repr=False)
    actor: str | None = None
    amr: tuple[str, ...] = ()
    acr: str | None = None
    authenticated_at: datetime | None = None
    proof_key: str | None = None


NOTHING = Asked()


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which one session is opened. `grant` is None for nothing beyond the user."""

    renewal: Renewal
    lifetime: timedelta
    limit: SessionLimit
    grant: Grant | None


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """The settings' terms of new sessions, which a client's own terms override.

    Attributes:
        audience: the audience of the settings.
        support_lifetime: the longest lifetime of a session in which somebody acts for the user.
    """

    renewal: Renewal
    lifetime: timedelta
    limit: SessionLimit
    audience: str
    support_lifetime: timedelta

    def of(self, client: Client | None, asked: Asked) -> Terms:
        """The terms of a session of `client`, None for the built-in one.

        Raises:
            OutsideTerms: names what the client's sessions cannot have.
        """
        terms = ClientTerms() if client is None else client.terms
        return Terms(
            renewal=asked.renewal or terms.renewal or self.renewal,
            lifetime=self._lifetime(terms, asked),
            limit=self._limit(terms),
            grant=self._grant(terms, asked),
        )

    def _lifetime(self, terms: ClientTerms, asked: Asked) -> timedelta:
        longest = terms.lifetime or self.lifetime
        if asked.actor is not None:
            longest = min(longest, self.support_lifetime)
        if asked.lifetime is not None and not timedelta() < asked.lifetime <= longest:
            raise OutsideTerms("lifetime")
        return asked.lifetime or longest

    def _limit(self, terms: ClientTerms) -> SessionLimit:
        count, idle = terms.session_limit or self.limit.count, terms.idle or self.limit.idle
        return SessionLimit(count, self.limit.at_limit, idle)

    def _grant(self, terms: ClientTerms, asked: Asked) -> Grant | None:
        if not set(asked.audience) <= set(terms.audiences or (self.audience,)):
            raise OutsideTerms("audience")
        if not set(asked.scope) <= set(terms.scopes):
            raise OutsideTerms("scope")
        audience = asked.audience or terms.audiences[:1]
        grant = Grant(
            # The settings' audience is not stored, so that it follows the settings.
            audience=() if audience == (self.audience,) else audience,
            scope=asked.scope,
            claims=asked.claims,
            actor=asked.actor,
            amr=asked.amr,
            acr=asked.acr,
            authenticated_at=asked.authenticated_at,
            proof_key=asked.proof_key,
        )
        return None if grant == EMPTY else grant
