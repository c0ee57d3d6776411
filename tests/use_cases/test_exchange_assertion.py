"""An assertion of a trusted issuer opens a session (RFC 7523 section 2.1)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from application.steps.session_opener import OpenedSession
from domain.actors import PRESENTER, Actor
from domain.causes import AssertionFlaw
from domain.clients import ClientAuthentication, ClientCredentials, ClientTerms
from domain.errors import (
    InvalidAssertion,
    InvalidClaims,
    InvalidClient,
    InvalidSubject,
    OutsideTerms,
    RemintError,
    TooManySessions,
    Unavailable,
    UserDisabled,
)
from domain.events import AssertionRefused
from domain.grants import Grant
from domain.key_sources import KeySource
from domain.sessions import AtLimit, SessionLimit
from domain.trusted_issuers import TrustedIssuer
from tests.support.fakes.builders import (
    HOUR,
    IDLE,
    MINUTE,
    NOON,
    OPERATOR,
    SECOND,
    a_client,
    an_assertion,
    an_issuer,
)
from tests.support.fakes.use_cases_over_fakes import (
    BUILT_IN,
    ORIGIN,
    UseCasesOverFakes,
    some_terms,
)

pytestmark = pytest.mark.anyio

SECRET = "rms1_secret"
SHOP = ClientCredentials("shop", SECRET)


async def trusted(house: UseCasesOverFakes, **differences: Any) -> TrustedIssuer:
    issuer = an_issuer(**differences)
    await house.stores.trusted_issuers.add(issuer)
    return issuer


async def exchange(
    house: UseCasesOverFakes,
    issuer: TrustedIssuer,
    credentials: ClientAuthentication | None = None,
    asked: dict[str, Any] | None = None,
    **differences: Any,
) -> OpenedSession:
    text = house.assertions.sign(an_assertion(issuer.id, **differences), issuer.terms.keys)
    return await present(house, text, credentials, asked)


async def present(
    house: UseCasesOverFakes,
    text: str,
    credentials: ClientAuthentication | None = None,
    asked: dict[str, Any] | None = None,
) -> OpenedSession:
    return await house.can.presenters.exchange_assertion(text, ORIGIN, credentials, **(asked or {}))


async def flaw(house: UseCasesOverFakes, issuer: TrustedIssuer, **given: Any) -> AssertionFlaw:
    with pytest.raises(InvalidAssertion) as refused:
        await exchange(house, issuer, **given)
    assert not house.database.sessions
    return refused.value.flaw


async def test_a_user_who_is_not_known_is_added_and_gets_a_session(
    house: UseCasesOverFakes,
) -> None:
    issuer = await trusted(house, subject_prefix="google:")
    opened = await exchange(house, issuer, subject="117")
    [user] = house.database.users.values()
    assert (opened.subject, user.subject) == ("google:117", "google:117")
    assert (user.name, user.password_hash, user.roles) == (None, None, ())
    assert house.database.sessions == {opened.session.id: opened.session}
    assert opened.session.grant is None
    assert opened.session.origin == ORIGIN
    assert house.audit.names == ["userAdded", "sessionOpened"]
    assert {event.actor for event in house.audit.events} == {Actor.issuer(issuer.id)}
    assert (await house.rotate(opened.refresh_token)) != opened.refresh_token


async def test_a_known_user_gets_another_session(house: UseCasesOverFakes) -> None:
    issuer = await trusted(house)
    first, second = [await exchange(house, issuer) for _ in range(2)]
    assert first.session.user_id == second.session.user_id
    assert first.session.id != second.session.id
    assert len(house.database.users) == 1


async def test_the_session_has_what_the_issuer_is_trusted_with(house: UseCasesOverFakes) -> None:
    issuer = await trusted(house, claims={"email": "email", "amr": "amr"})
    said = {"email": '"ada@shop.example"', "amr": '["otp"]', "acr": '"gold"', "groups": "[1]"}
    opened = await exchange(house, issuer, claims=said, authenticated_at=NOON - HOUR, id="an id")
    assert opened.session.grant == Grant(
        claims='{"email":"ada@shop.example"}', amr=("otp",), authenticated_at=NOON - HOUR
    )


async def test_nobody_was_authenticated_in_the_future(house: UseCasesOverFakes) -> None:
    opened = await exchange(house, await trusted(house), authenticated_at=NOON + 30 * SECOND)
    assert opened.session.grant == Grant(authenticated_at=NOON)


async def test_an_unknown_issuer_proves_nothing(house: UseCasesOverFakes) -> None:
    assert await flaw(house, an_issuer()) is AssertionFlaw.UNKNOWN_ISSUER
    assert not house.database.users
    assert house.audit.events == [
        AssertionRefused(
            at=NOON,
            actor=PRESENTER,
            issuer="https://id.example",
            cause=AssertionFlaw.UNKNOWN_ISSUER,
        )
    ]


@pytest.mark.parametrize("name", ["\x00", "\ud83d\ude00", "a b"])
async def test_a_name_that_no_issuer_has_is_not_looked_up(
    house: UseCasesOverFakes, name: str
) -> None:
    """Postgres refuses texts with NUL."""
    house.database.trusted_issuers[name] = an_issuer(name)
    assert await flaw(house, an_issuer(name)) is AssertionFlaw.UNKNOWN_ISSUER


async def test_a_text_without_an_issuer_proves_nothing(house: UseCasesOverFakes) -> None:
    with pytest.raises(InvalidAssertion) as refused:
        await present(house, "anything")
    assert refused.value.flaw is AssertionFlaw.MALFORMED
    [event] = house.audit.events
    assert isinstance(event, AssertionRefused)
    assert event.issuer is None


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ({"audience": ("other",)}, AssertionFlaw.WRONG_AUDIENCE),
        ({"expires_at": NOON - MINUTE}, AssertionFlaw.EXPIRED),
        ({"issued_at": NOON - HOUR}, AssertionFlaw.TOO_OLD),
    ],
)
async def test_an_assertion_that_does_not_hold_opens_nothing(
    house: UseCasesOverFakes, differences: dict[str, Any], expected: AssertionFlaw
) -> None:
    issuer = await trusted(house, max_age=MINUTE)
    assert await flaw(house, issuer, **differences) is expected
    assert not house.database.users
    assert house.audit.names == ["assertionRefused"]


async def test_the_keys_of_another_issuer_sign_nothing(house: UseCasesOverFakes) -> None:
    issuer = await trusted(house)
    other = replace(issuer, terms=replace(issuer.terms, keys=KeySource(jwks="{}")))
    assert await flaw(house, other) is AssertionFlaw.WRONG_SIGNATURE


async def test_an_assertion_with_an_id_counts_once(house: UseCasesOverFakes) -> None:
    issuer = await trusted(house)
    text = house.assertions.sign(an_assertion(id="once"), issuer.terms.keys)
    tries = await asyncio.gather(*(present(house, text) for _ in range(5)), return_exceptions=True)
    assert len(house.database.sessions) == 1
    refused = [one for one in tries if isinstance(one, InvalidAssertion)]
    assert [one.flaw for one in refused] == [AssertionFlaw.REPLAYED] * 4


async def test_an_assertion_without_an_id_counts_until_it_expires(
    house: UseCasesOverFakes,
) -> None:
    issuer = await trusted(house)
    text = house.assertions.sign(an_assertion(), issuer.terms.keys)
    await present(house, text)
    await present(house, text)
    house.passes(6 * MINUTE)
    with pytest.raises(InvalidAssertion):
        await present(house, text)
    assert len(house.database.sessions) == 2


async def test_a_refused_assertion_is_not_used_up(house: UseCasesOverFakes) -> None:
    issuer = await trusted(house)
    await house.stores.clients.add(a_client("shop", SECRET))
    text = house.assertions.sign(an_assertion(id="once"), issuer.terms.keys)
    with pytest.raises(InvalidClient):
        await present(house, text, ClientCredentials("shop", "wrong"))
    await present(house, text, SHOP)


@pytest.mark.parametrize(
    ("credentials", "holder"),
    [
        (None, None),
        (ClientCredentials(BUILT_IN, None), None),
        (ClientCredentials("app", None), "app"),
        (SHOP, "shop"),
    ],
)
async def test_the_session_is_that_of_the_client(
    house: UseCasesOverFakes, credentials: ClientCredentials | None, holder: str | None
) -> None:
    await house.stores.clients.add(a_client("app"))
    await house.stores.clients.add(a_client("shop", SECRET))
    opened = await exchange(house, await trusted(house), credentials)
    assert opened.session.client_id == holder


@pytest.mark.parametrize(
    "credentials",
    [
        ClientCredentials("nobody", None),
        ClientCredentials("shop", None),
        ClientCredentials("shop", "wrong"),
        ClientCredentials("app", "rms1_x"),
        ClientCredentials("gone", None),
    ],
)
async def test_a_client_that_is_not_what_it_says_opens_nothing(
    house: UseCasesOverFakes, credentials: ClientCredentials
) -> None:
    await house.stores.clients.add(a_client("app"))
    await house.stores.clients.add(a_client("shop", SECRET))
    await house.stores.clients.add(a_client("gone", disabled_at=NOON))
    with pytest.raises(InvalidClient):
        await exchange(house, await trusted(house), credentials)
    assert not house.database.sessions


@pytest.mark.parametrize(
    ("bound_to", "credentials", "holder"),
    [
        ("app", None, "app"),
        ("app", ClientCredentials("app", None), "app"),
        (BUILT_IN, None, None),
        ("shop", SHOP, "shop"),
    ],
)
async def test_an_issuer_that_is_bound_to_a_client_opens_sessions_of_it(
    house: UseCasesOverFakes,
    bound_to: str,
    credentials: ClientCredentials | None,
    holder: str | None,
) -> None:
    await house.stores.clients.add(a_client("app"))
    await house.stores.clients.add(a_client("shop", SECRET))
    opened = await exchange(house, await trusted(house, client_id=bound_to), credentials)
    assert opened.session.client_id == holder


async def test_no_other_client_presents_the_assertions_of_a_bound_issuer(
    house: UseCasesOverFakes,
) -> None:
    await house.stores.clients.add(a_client("app"))
    await house.stores.clients.add(a_client("shop", SECRET))
    issuer = await trusted(house, client_id="shop")
    for credentials in (ClientCredentials("app", None), ClientCredentials(BUILT_IN, None)):
        found = await flaw(house, issuer, credentials=credentials, id="kept")
        assert found is AssertionFlaw.WRONG_CLIENT
    with pytest.raises(InvalidClient):
        await exchange(house, issuer, id="kept")
    await exchange(house, issuer, SHOP, id="kept")


async def test_scope_and_audience_are_within_the_terms_of_the_client(
    house: UseCasesOverFakes,
) -> None:
    terms = ClientTerms(audiences=("orders", "bills"), scopes=("read", "write"))
    await house.stores.clients.add(a_client("shop", SECRET, terms=terms))
    issuer = await trusted(house)
    asked = {"scope": ("read",), "audience": ("bills",)}
    opened = await exchange(house, issuer, SHOP, asked)
    assert opened.session.grant == Grant(audience=("bills",), scope=("read",))
    for part, words in (("scope", ("all",)), ("audience", ("remint",))):
        with pytest.raises(OutsideTerms) as refused:
            await exchange(house, issuer, SHOP, {part: words})
        assert refused.value.part == part


@pytest.mark.parametrize(
    ("differences", "error"),
    [
        ({"subject": "a b"}, InvalidSubject),
        ({"claims": {"email": '"' + "x" * 5000 + '"'}}, InvalidClaims),
    ],
)
async def test_what_no_user_can_have_opens_nothing(
    house: UseCasesOverFakes, differences: dict[str, Any], error: type[RemintError]
) -> None:
    issuer = await trusted(house, claims={"email": "email"})
    with pytest.raises(error):
        await exchange(house, issuer, **differences)
    assert not house.database.users


async def test_a_disabled_user_gets_no_session(house: UseCasesOverFakes) -> None:
    issuer = await trusted(house)
    await exchange(house, issuer)
    await house.can.operators.disable_user("ada", by=OPERATOR)
    with pytest.raises(UserDisabled):
        await exchange(house, issuer)


async def test_a_user_at_the_limit_gets_no_session() -> None:
    limit = SessionLimit(count=1, at_limit=AtLimit.REFUSE, idle=IDLE)
    house = UseCasesOverFakes(terms=some_terms(limit=limit))
    issuer = await trusted(house)
    await exchange(house, issuer)
    with pytest.raises(TooManySessions):
        await exchange(house, issuer)


async def test_an_issuer_without_keys_is_an_outage(house: UseCasesOverFakes) -> None:
    issuer = await trusted(house)
    house.assertions.are_keys_gone = True
    with pytest.raises(Unavailable):
        await exchange(house, issuer)
    house.assertions.are_keys_gone = False
    await exchange(house, issuer)


async def test_an_issuer_that_is_deleted_opens_nothing_and_its_sessions_continue(
    house: UseCasesOverFakes,
) -> None:
    issuer = await trusted(house)
    opened = await exchange(house, issuer)
    await house.can.operators.delete_issuer(issuer.id, by=OPERATOR)
    with pytest.raises(InvalidAssertion):
        await exchange(house, issuer)
    await house.refresh(opened.refresh_token)
