"""Puts the HTTP interface together around the use cases it is handed."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide

from application import UseCases
from domain.ports.signing_keys import KeySet
from interfaces.http.authentication import AuthenticationController
from interfaces.http.errors import answer_error
from interfaces.http.headers import AnswerHeaders
from interfaces.http.health import HealthController
from interfaces.http.key_set import KeySetController, KeySetDocument
from interfaces.http.options import HttpOptions

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]

CONTROLLERS = (AuthenticationController, KeySetController, HealthController)


def create_app(
    use_cases: UseCases,
    key_set: KeySet,
    options: HttpOptions,
    lifespan: Sequence[Lifespan] = (),
) -> Litestar:
    """The whole HTTP interface as one ASGI application.

    Args:
        lifespan: what is opened before the first request and closed after the last.
    """
    return Litestar(
        route_handlers=CONTROLLERS,
        dependencies={
            **{field.name: _always(getattr(use_cases, field.name)) for field in fields(use_cases)},
            "key_set_document": _always(KeySetDocument(key_set, options.key_set_max_age)),
        },
        exception_handlers={Exception: answer_error},
        before_send=[AnswerHeaders(options.hsts)],
        request_max_body_size=options.max_body,
        state=State({"patience": options.patience.total_seconds()}),
        lifespan=list(lifespan),
        openapi_config=None,
        logging_config=None,
    )


def _always(thing: Any) -> Provide:
    """How Litestar is handed something that stays the same."""

    # A plain function: Litestar refuses callable objects, and would call a use case itself.
    def provide() -> Any:
        return thing

    return Provide(provide, sync_to_thread=False)
