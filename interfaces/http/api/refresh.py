"""Refreshing over HTTP: a refresh token becomes a JWT."""

from typing import Any

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import UNSET

from application.refresh import Refresh, Refreshed
from domain.decision_table import Rule
from interfaces.http.wire.bodies import RefreshAnswer, RefreshRequest
from interfaces.http.wire.exchange import note_cause
from interfaces.http.wire.json_body import StrictJson
from interfaces.http.wire.openapi import A_JWT, REFRESH_ERRORS, Success, documented
from interfaces.http.wire.still_connected import StillWaiting

PATH = "/api/v1/authenticate/refresh"
CONTINUED = {rule: rule.value for rule in Rule}


class RefreshController(Controller):
    """The operation that all others are for.

    Plain requests, which is nearly all of them, are answered ahead of it; see LeanRefresh.
    """

    tags = ("sessions",)

    @post(
        PATH,
        operation_id="refreshAuthToken",
        status_code=200,
        dto=StrictJson[RefreshRequest],
        return_dto=None,
        responses=documented(
            PATH,
            Success("JWT token refreshed.", RefreshAnswer(A_JWT)),
            errors=REFRESH_ERRORS,
        ),
    )
    async def refresh_token(
        self,
        data: JSONBody[RefreshRequest],
        refresh: NamedDependency[Refresh],
        request: Request[Any, Any, Any],
    ) -> RefreshAnswer:
        """Exchange a refresh token for a JWT."""
        still_waiting = StillWaiting(request.receive, request.app.state.patience)
        return refresh_answer(await refresh(data.refresh_token, still_waiting))


def refresh_answer(refreshed: Refreshed) -> RefreshAnswer:
    """The body of the answer; the rule that continued the session is noted as the cause."""
    note_cause(CONTINUED[refreshed.rule])
    return RefreshAnswer(refreshed.jwt, refreshed.refresh_token or UNSET)
