"""Serves the revocations, which services that verify JWTs follow."""

from datetime import timedelta
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from application.follow_revocations import FollowRevocations
from domain.clients import Permission
from domain.revocations import Revocation
from interfaces.http.api.back_end import needs, not_admitted
from interfaces.http.wire.client_credentials import SECURITY
from interfaces.http.wire.openapi import Success, documented
from interfaces.http.wire.request_errors import Fault, InvalidRequest

PATH = "/api/v1/revocations"
LONGEST_WAIT = 30
LONGEST_CURSOR = 4096


class RevocationAnswer(Struct, frozen=True, rename="camel"):
    """JWTs that are refused: those of a session, of a subject, or signed by a key."""

    not_before: Annotated[int, Meta(description="JWTs with an earlier `iat` are refused.")]
    cause: Annotated[str, Meta(description="Why, in a word.")]
    sid: Annotated[str, Meta(description="The session of the JWTs.")] | UnsetType = UNSET
    sub: Annotated[str, Meta(description="The subject of the JWTs.")] | UnsetType = UNSET
    kid: Annotated[
        str | UnsetType,
        Meta(description="The key of the JWTs, which are refused whatever their `iat` is."),
    ] = UNSET


class RevocationsAnswer(Struct, frozen=True, rename="camel"):
    """What was stored after the cursor."""

    revocations: list[RevocationAnswer]
    next: Annotated[str, Meta(description="`after` of the next request, at any instance.")]
    kept_for: Annotated[
        int,
        Meta(
            description="Seconds for which a revocation is kept. A service that was away for "
            "longer begins without `after`, and has missed nothing."
        ),
    ]


EXAMPLE = RevocationsAnswer(
    [RevocationAnswer(1764000002, "sessionRevoked", sid="019b5d2c-6a3e-7c31-9d52-7f1f0c6d2a11")],
    next="4712",
    kept_for=631,
)


class RevocationsController(Controller):
    """`/api/v1/revocations`; the request has the credentials of a client."""

    path = PATH
    tags = ("revocations",)
    security = SECURITY

    @get(
        operation_id="followRevocations",
        **needs(Permission.INTROSPECT),
        responses=documented(
            Success("The revocations.", EXAMPLE),
            errors=(
                InvalidRequest("wait", Fault.OUT_OF_RANGE),
                InvalidRequest("after", Fault.MALFORMED),
                *not_admitted(Permission.INTROSPECT),
            ),
        ),
    )
    async def follow(
        self,
        follow_revocations: NamedDependency[FollowRevocations],
        after: Annotated[
            str | None, QueryParameter(pattern=r"^\d+(-\d+)*$", max_length=LONGEST_CURSOR)
        ] = None,
        wait: Annotated[int, QueryParameter(ge=0, le=LONGEST_WAIT)] = 0,
    ) -> RevocationsAnswer:
        """Tell which JWTs are revoked, at once or as soon as there is news."""
        followed = await follow_revocations(after, timedelta(seconds=wait))
        return RevocationsAnswer(
            [_answer(revocation) for revocation in followed.published.revocations],
            next=followed.published.cursor,
            kept_for=int(followed.kept_for.total_seconds()),
        )


def _answer(revocation: Revocation) -> RevocationAnswer:
    named = {revocation.by.value: revocation.value}
    not_before = int(revocation.not_before.timestamp())
    return RevocationAnswer(not_before, revocation.cause.value, **named)
