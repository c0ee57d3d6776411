"""Every act that ends sessions or changes rights publishes a revocation, and no other act does."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from application.steps.session_opener import OpenedSession
from domain.causes import RevocationCause
from domain.errors import InvalidRefreshToken
from domain.events import AuditEvent
from domain.revocations import Named
from domain.sessions import AtLimit, SessionLimit
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import DAY, HOUR, IDLE, MINUTE, OPERATOR, SECOND, a_client
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes, some_terms

pytestmark = pytest.mark.anyio

Act = Callable[[UseCasesOverFakes, OpenedSession], Awaitable[object]]


async def replay(house: UseCasesOverFakes, opened: OpenedSession) -> None:
    tokens = [opened.refresh_token]
    for _ in range(3):
        house.passes(HOUR)
        tokens.append(await house.rotate(tokens[-1]))
    with pytest.raises(InvalidRefreshToken):
        await house.refresh(tokens[0])


async def with_a_client(house: UseCasesOverFakes, act: str) -> None:
    client = a_client("shop")
    await house.stores.clients.add(client)
    await house.can.presenters.authenticate("someone", PASSWORD, ORIGIN, client_id="shop")
    operators = house.can.operators
    await (operators.disable_client if act == "disable" else operators.delete_client)(
        "shop", by=OPERATOR
    )


async def remove_a_key(house: UseCasesOverFakes) -> None:
    await house.can.server.tend_signing_keys()
    [key] = house.database.signing_keys.values()
    await house.can.operators.remove_signing_key(key.id, by=OPERATOR)


SESSION, SUBJECT, KEY = Named.SESSION, Named.SUBJECT, Named.KEY
ACTS: dict[str, tuple[Act, str, Named, RevocationCause]] = {
    "revoke": (
        lambda house, opened: house.can.presenters.revoke(opened.refresh_token),
        *("sessionEnded", SESSION, RevocationCause.SESSION_REVOKED),
    ),
    "end one's own": (
        lambda house, opened: house.can.account.end_own_session(opened.jwt, opened.session.id),
        *("sessionEnded", SESSION, RevocationCause.SESSION_REVOKED),
    ),
    "end another's": (
        lambda house, opened: house.can.operators.end_session(opened.session.id, by=OPERATOR),
        *("sessionEnded", SESSION, RevocationCause.SESSION_REVOKED),
    ),
    "replay": (replay, "refreshTokenReused", SESSION, RevocationCause.REUSED),
    "log out everywhere": (
        lambda house, opened: house.can.account.log_out_everywhere(opened.jwt, keep_this=False),
        *("loggedOutEverywhere", SUBJECT, RevocationCause.LOGGED_OUT_EVERYWHERE),
    ),
    "log out everywhere else": (
        lambda house, opened: house.can.account.log_out_everywhere(opened.jwt, keep_this=True),
        *("loggedOutEverywhere", SUBJECT, RevocationCause.LOGGED_OUT_EVERYWHERE),
    ),
    "log a user out": (
        lambda house, _: house.can.operators.log_out_user("someone", by=OPERATOR),
        *("loggedOutEverywhere", SUBJECT, RevocationCause.LOGGED_OUT_EVERYWHERE),
    ),
    "change the password": (
        lambda house, opened: house.can.account.change_password(
            opened.jwt, PASSWORD, "another password", "192.0.2.1"
        ),
        *("passwordChanged", SUBJECT, RevocationCause.CREDENTIALS_CHANGED),
    ),
    "set a password": (
        lambda house, _: house.can.operators.set_password(
            "someone", "another password", by=OPERATOR
        ),
        *("passwordChanged", SUBJECT, RevocationCause.CREDENTIALS_CHANGED),
    ),
    "disable": (
        lambda house, _: house.can.operators.disable_user("someone", by=OPERATOR),
        *("userDisabled", SUBJECT, RevocationCause.USER_DISABLED),
    ),
    "delete": (
        lambda house, _: house.can.operators.delete_user("someone", by=OPERATOR),
        *("userDeleted", SUBJECT, RevocationCause.USER_GONE),
    ),
    "set roles": (
        lambda house, _: house.can.operators.set_user(
            "someone", lambda profile: replace(profile, roles=("admin",)), by=OPERATOR
        ),
        *("userSet", SUBJECT, RevocationCause.CLAIMS_CHANGED),
    ),
    "set claims": (
        lambda house, _: house.can.operators.set_user(
            "someone", lambda profile: replace(profile, claims='{"plan":"pro"}'), by=OPERATOR
        ),
        *("userSet", SUBJECT, RevocationCause.CLAIMS_CHANGED),
    ),
    "disable a client": (
        lambda house, _: with_a_client(house, "disable"),
        *("clientDisabled", SESSION, RevocationCause.CLIENT_DISABLED),
    ),
    "delete a client": (
        lambda house, _: with_a_client(house, "delete"),
        *("clientDeleted", SESSION, RevocationCause.CLIENT_DISABLED),
    ),
    "remove a key": (
        lambda house, _: remove_a_key(house),
        *("signingKeyRemoved", KEY, RevocationCause.KEY_REMOVED),
    ),
}

CONCERN_NO_JWT = {
    *("loggedIn", "loginFailed", "passwordChangeFailed", "sessionOpened", "refreshRefused"),
    *("answerRecovered", "rotationLost", "userAdded", "userEnabled", "signingKeyAdded"),
    *("signingKeyReencrypted", "clientAdded", "clientSet", "clientSecretAdded"),
    *("clientSecretDropped", "clientEnabled", "clientRefused", "clientKeysSet"),
    *("issuerTrusted", "issuerDeleted", "assertionRefused"),
}
"""Events of acts that end no session and change no right."""


@pytest.mark.parametrize("name", ACTS)
async def test_an_act_publishes_its_revocation(house: UseCasesOverFakes, name: str) -> None:
    act, event, by, cause = ACTS[name]
    opened = await house.signed_in()
    await act(house, opened)
    [revocation] = house.database.revocations
    assert (revocation.by, revocation.cause) == (by, cause)
    assert event in house.audit.names
    names = {SESSION: str(opened.session.id), SUBJECT: str(opened.session.user_id)}
    if "client" not in name:
        assert revocation.value == names.get(by, revocation.value)


async def test_a_log_in_at_the_limit_publishes_the_session_that_makes_room() -> None:
    limit = SessionLimit(count=1, at_limit=AtLimit.END_OLDEST, idle=IDLE)
    house = UseCasesOverFakes(terms=some_terms(limit=limit))
    first = await house.signed_in()
    await house.log_in()
    [revocation] = house.database.revocations
    assert (revocation.value, revocation.cause) == (
        str(first.session.id),
        RevocationCause.REPLACED,
    )


def test_no_kind_of_event_is_forgotten() -> None:
    """A new kind of event gets a revocation, or stands in the list of those that need none."""
    kinds = {kind.name for kind in AuditEvent.kinds()}
    assert {event for _, event, _, _ in ACTS.values()} | CONCERN_NO_JWT == kinds
    assert {cause for *_, cause in ACTS.values()} | {RevocationCause.REPLACED} == set(
        RevocationCause
    )


@pytest.mark.parametrize("milliseconds", [0, 1, 500, 999])
async def test_a_jwt_from_after_the_change_is_not_refused(
    house: UseCasesOverFakes, milliseconds: int
) -> None:
    opened = await house.signed_in()
    house.passes(MINUTE + milliseconds * SECOND / 1000)
    await house.can.account.log_out_everywhere(opened.jwt, keep_this=True)
    [revocation] = house.database.revocations
    before = list(house.jwts.signed.values())[-1]
    for pause in (0, 100, 400, 2000):
        house.passes(pause * SECOND / 1000)
        await house.refresh(opened.refresh_token)
        after = list(house.jwts.signed.values())[-1]
        assert int(after.issued_at.timestamp()) >= int(revocation.not_before.timestamp())
    assert int(before.issued_at.timestamp()) < int(revocation.not_before.timestamp())
    assert revocation.not_before - house.clock() <= 2 * SECOND


async def test_revocations_are_purged_when_no_jwt_of_before_can_live(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    await house.can.presenters.revoke(opened.refresh_token)
    house.passes(11 * MINUTE)
    await house.can.server.purge()
    assert len(house.database.revocations) == 1
    house.passes(SECOND)
    await house.can.server.purge()
    assert house.database.revocations == []


async def test_the_cause_of_an_epoch_is_the_one_that_ended_it(house: UseCasesOverFakes) -> None:
    """Also if other acts followed."""
    first = await house.signed_in()
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    second = await house.log_in()
    await house.can.operators.set_password("someone", PASSWORD, by=OPERATOR)
    house.passes(DAY / 24)
    for opened, cause in ((first, "loggedOutEverywhere"), (second, "credentialsChanged")):
        with pytest.raises(InvalidRefreshToken) as refused:
            await house.refresh(opened.refresh_token)
        assert refused.value.cause.value == cause
