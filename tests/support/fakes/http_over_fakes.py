"""The use cases over fakes, as the HTTP interface serves them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from application.steps.session_terms import SessionTerms
from domain.login_throttle import ThrottlePolicy
from domain.proofs import ProofPolicy
from domain.refresh_tokens import RefreshToken
from domain.sessions import Renewal, Session
from interfaces.http.app import PUBLIC_DOCUMENTS, create_app
from interfaces.http.server.headers import ResponseHeaders
from interfaces.http.server.observability import ObservabilityMiddleware, Report
from interfaces.http.server.origins import OriginsMiddleware
from interfaces.http.server.request_target import RequestTargetMiddleware
from interfaces.http.wire.client_address import TrustedProxies
from interfaces.http.wire.options import HttpOptions
from tests.support.fakes.builders import a_session, a_token, a_user
from tests.support.fakes.use_cases_over_fakes import PROOFS, UseCasesOverFakes

PATIENT = ThrottlePolicy(per_account=100, per_source=1000)
DEFAULTS = HttpOptions()
HEADERS = ResponseHeaders()


@dataclass(slots=True)
class FakeKeySet:
    """Publishes the keys that a test gives it."""

    keys: list[Mapping[str, str]] = field(default_factory=list)

    def published(self) -> list[Mapping[str, str]]:
        return self.keys

    def published_pem(self) -> str:
        return "".join(f"{key['kid']}\n" for key in self.keys)


class HttpOverFakes(UseCasesOverFakes):
    """Sessions are reusable unless a test says otherwise, as they are by default."""

    def __init__(
        self,
        *,
        terms: SessionTerms | None = None,
        throttle: ThrottlePolicy = PATIENT,
        proofs: ProofPolicy = PROOFS,
    ) -> None:
        super().__init__(renewal=Renewal.REUSABLE, terms=terms, throttle=throttle, proofs=proofs)
        self.key_set = FakeKeySet()

    def app(
        self,
        options: HttpOptions = DEFAULTS,
        headers: ResponseHeaders = HEADERS,
        reports: Sequence[Report] = (),
    ) -> ObservabilityMiddleware:
        """The HTTP interface over these use cases, as it is served."""
        can = self.can
        app = create_app(
            can.presenters,
            can.account,
            can.back_ends,
            can.server.check_readiness,
            self.key_set,
            options,
        )
        pages = OriginsMiddleware(app, options.cors_origins, PUBLIC_DOCUMENTS)
        target = RequestTargetMiddleware(pages)
        proxies = TrustedProxies(options.trusted_proxies)
        return ObservabilityMiddleware(target, proxies, headers, reports)

    def add_session(self, **differences: Any) -> tuple[Session, str]:
        """A live session and the text of its current refresh token; its user is new as well."""
        user = differences.pop("user", None) or a_user()
        session = a_session(user, **{"renewal": Renewal.REUSABLE} | differences)
        self.database.users[user.id] = user
        self.database.sessions[session.id] = session
        return session, self.text_of(a_token(session))

    def text_of(self, token: RefreshToken) -> str:
        return self.codec.write(token)
