"""Puts the HTTP interface together around the use cases it is handed."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from application import AccountUseCases, BackEndUseCases, PresenterUseCases
from application.check_readiness import CheckReadiness
from domain.ports.key_set import KeySet
from interfaces.http.api.account import AccountController
from interfaces.http.api.authentication import AuthenticationController
from interfaces.http.api.back_end import CLIENT_CHECK, caller
from interfaces.http.api.opening import RefreshTokensController, opening_route
from interfaces.http.api.refresh import refresh_route
from interfaces.http.api.revocations import RevocationsController
from interfaces.http.api.user_sessions import UserSessionsController
from interfaces.http.api.users import UsersController
from interfaces.http.oauth.introspection import introspection_route
from interfaces.http.oauth.metadata import OAUTH_PATH, OPENID_PATH, metadata_routes
from interfaces.http.oauth.revocation import revocation_route
from interfaces.http.oauth.token import token_route
from interfaces.http.public.docs import (
    DOCUMENT_PATH,
    ApiDocument,
    ApiDocumentController,
    ApiPageController,
    root,
)
from interfaces.http.public.health import HealthController
from interfaces.http.public.key_set import JWKS_PATH, PEM_PATH, KeySetController, KeySetDocuments
from interfaces.http.wire.errors import error_handler
from interfaces.http.wire.json_errors import JSON_ERRORS
from interfaces.http.wire.openapi import document
from interfaces.http.wire.options import HttpOptions
from interfaces.http.wire.request_body import BodyBounds, bounded_request

PUBLIC_DOCUMENTS = (JWKS_PATH, PEM_PATH, OAUTH_PATH, OPENID_PATH, DOCUMENT_PATH)
"""Pages of every origin can read these."""
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    presenters: PresenterUseCases,
    account: AccountUseCases,
    back_ends: BackEndUseCases,
    check_readiness: CheckReadiness,
    key_set: KeySet,
    options: HttpOptions,
    lifespan: Sequence[Lifespan] = (),
    more: Sequence[HTTPRouteHandler] = (),
) -> Litestar:
    """The whole HTTP interface as one application.

    The application is served behind an ObservabilityMiddleware, which knows the address of the
    client.

    Args:
        lifespan: opened before the first request and closed after the last.
        more: routes that are served without being part of the documented interface.
    """
    bounds = BodyBounds(options.max_body, options.body_timeout)
    routes: list[ControllerRouterHandler] = [
        refresh_route(
            presenters.refresh, bounds, options.patience, tells_expiry=options.tell_expiry
        ),
        AuthenticationController,
        AccountController,
        UsersController,
        UserSessionsController,
        opening_route(back_ends.open_session, back_ends.client_check, bounds),
        RefreshTokensController,
        RevocationsController,
        token_route(presenters.refresh, presenters.exchange_assertion, bounds, options.patience),
        revocation_route(presenters.revoke_token, bounds),
        introspection_route(back_ends.introspect, back_ends.client_check, bounds, options.issuer),
        *metadata_routes(options.issuer, options.key_set_max_age),
        KeySetController,
        HealthController,
    ]
    dependencies = {
        "authenticate": _always(presenters.authenticate),
        "tells_expiry": _always(options.tell_expiry),
        "revoke": _always(presenters.revoke),
        "list_own_sessions": _always(account.list_own_sessions),
        "end_own_session": _always(account.end_own_session),
        "log_out_everywhere": _always(account.log_out_everywhere),
        "change_password": _always(account.change_password),
        "caller": Provide(caller, sync_to_thread=False),
        "explain_refresh_token": _always(back_ends.explain_refresh_token),
        "find_users": _always(back_ends.find_users),
        "set_user": _always(back_ends.set_user),
        "delete_user": _always(back_ends.delete_user),
        "list_sessions": _always(back_ends.list_sessions),
        "end_session": _always(back_ends.end_session),
        "log_out_user": _always(back_ends.log_out_user),
        "follow_revocations": _always(back_ends.follow_revocations),
        "check_readiness": _always(check_readiness),
        "key_set_documents": _always(KeySetDocuments(key_set, options.key_set_max_age)),
    }
    api_document = ApiDocument(lambda: document(routes, dependencies))
    return Litestar(
        route_handlers=[*routes, *_documentation(options), *more],
        dependencies=dependencies | {"api_document": _always(api_document)},
        exception_handlers={Exception: error_handler(JSON_ERRORS)},
        request_class=bounded_request(bounds),
        lifespan=list(lifespan),
        state=State({CLIENT_CHECK: back_ends.client_check}),
        openapi_config=None,
        logging_config=None,
    )


def _always(thing: object) -> Provide:
    """How Litestar is handed an object that stays the same."""

    # A plain function: Litestar refuses callable objects, and would call a use case itself.
    def provide() -> object:
        return thing

    return Provide(provide, sync_to_thread=False)


def _documentation(options: HttpOptions) -> list[ControllerRouterHandler]:
    if not options.openapi:
        return []
    return (
        [ApiDocumentController, ApiPageController, root]
        if options.docs
        else [ApiDocumentController]
    )
