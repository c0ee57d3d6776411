"""Puts the HTTP interface together around the use cases it is handed."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from typing import Any

from litestar import Controller, Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from application import AccountUseCases, PresenterUseCases
from application.check_readiness import CheckReadiness
from domain.ports.signing_keys import KeySet
from interfaces.http.api.account import AccountController
from interfaces.http.api.authentication import AuthenticationController
from interfaces.http.api.lean_refresh import LeanRefresh
from interfaces.http.api.refresh import RefreshController
from interfaces.http.public.docs import ApiDocument, ApiDocumentController, ApiPageController
from interfaces.http.public.health import HealthController
from interfaces.http.public.key_set import KeySetController, KeySetDocument
from interfaces.http.wire.client_address import TrustedProxies
from interfaces.http.wire.errors import answer_error
from interfaces.http.wire.openapi import document
from interfaces.http.wire.options import HttpOptions
from interfaces.http.wire.request_body import BodyBounds, BoundedRequest

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]

CONTROLLERS: tuple[type[Controller], ...] = (
    RefreshController,
    AuthenticationController,
    AccountController,
    KeySetController,
    HealthController,
)


def create_app(
    presenters: PresenterUseCases,
    account: AccountUseCases,
    check_readiness: CheckReadiness,
    key_set: KeySet,
    options: HttpOptions,
    lifespan: Sequence[Lifespan] = (),
    more: Sequence[HTTPRouteHandler] = (),
) -> ASGIApp:
    """The whole HTTP interface as one ASGI application.

    Args:
        more: what else is served, without being part of the documented interface.
        lifespan: what is opened before the first request and closed after the last.
    """
    body_bounds = BodyBounds(options.max_body, options.body_timeout)
    handed_over = {
        **_each(presenters),
        **_each(account),
        "check_readiness": _always(check_readiness),
        "key_set_document": _always(KeySetDocument(key_set, options.key_set_max_age)),
    }
    api_document = ApiDocument(lambda: document(CONTROLLERS, handed_over))
    framework = Litestar(
        route_handlers=[*CONTROLLERS, *_documentation(options), *more],
        dependencies=handed_over | {"api_document": _always(api_document)},
        exception_handlers={Exception: answer_error},
        request_class=BoundedRequest,
        state=_state(options, body_bounds),
        cors_config=_cors(options),
        lifespan=list(lifespan),
        openapi_config=None,
        logging_config=None,
    )
    return LeanRefresh(framework, presenters.refresh, body_bounds, options.patience)


def _each(use_cases: PresenterUseCases | AccountUseCases) -> dict[str, Provide]:
    return {field.name: _always(getattr(use_cases, field.name)) for field in fields(use_cases)}


def _always(thing: Any) -> Provide:
    """How Litestar is handed something that stays the same."""

    # A plain function: Litestar refuses callable objects, and would call a use case itself.
    def provide() -> Any:
        return thing

    return Provide(provide, sync_to_thread=False)


def _documentation(options: HttpOptions) -> list[type[Controller]]:
    if not options.openapi:
        return []
    return [ApiDocumentController, ApiPageController] if options.docs else [ApiDocumentController]


def _state(options: HttpOptions, body_bounds: BodyBounds) -> State:
    """What requests look up while they are read and answered."""
    return State(
        {
            "body_bounds": body_bounds,
            "patience": options.patience,
            "trusted_proxies": TrustedProxies(options.trusted_proxies),
        }
    )


def _cors(options: HttpOptions) -> CORSConfig | None:
    """No page of another origin may call us, but for those that are named (checklist H14)."""
    if not options.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(options.cors_origins),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Retry-After", "WWW-Authenticate", "X-Request-Id"],
    )
