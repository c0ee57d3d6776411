"""Sessions that are bound to a key: nothing continues them without a proof (RFC 9449)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from application.refresh import Refreshed
from application.steps.session_opener import OpenedSession
from application.steps.session_terms import Asked
from domain.causes import EndCause, ProofFlaw, RefusalCause
from domain.errors import InvalidAccessToken, InvalidProof, InvalidRefreshToken
from domain.grants import Grant
from domain.proofs import PresentedProof, Proof, ath_of
from domain.sessions import Renewal
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import HOUR, MINUTE, OPERATOR, an_assertion, an_issuer
from tests.support.fakes.fakes import Patience
from tests.support.fakes.use_cases_over_fakes import ORIGIN, PROOFS, UseCasesOverFakes

pytestmark = [pytest.mark.anyio, pytest.mark.proves("O7")]

LOG_IN, REFRESH, SESSIONS = (
    "/api/v1/authenticate",
    "/api/v1/authenticate/refresh",
    "/api/v1/sessions",
)
numbers = iter(range(1_000_000))


def proof(
    house: UseCasesOverFakes, path: str = REFRESH, method: str = "POST", **differences: Any
) -> PresentedProof:
    """A proof of the request to that path, by the key `mine`."""
    own: dict[str, Any] = {
        "key": "mine",
        "method": method,
        "address": f"http://localhost:8080{path}",
        "id": str(next(numbers)),
        "issued_at": house.clock(),
    }
    return PresentedProof(house.proofs.sign(Proof(**own | differences)), method, path)


async def log_in(
    house: UseCasesOverFakes, presented: PresentedProof | None, renewal: Renewal | None = None
) -> OpenedSession:
    return await house.can.presenters.authenticate(
        "someone", PASSWORD, ORIGIN, Asked(renewal=renewal), proof=presented
    )


async def refresh(
    house: UseCasesOverFakes, token: str, presented: PresentedProof | None
) -> Refreshed:
    return await house.can.presenters.refresh(token, Patience(), proof=presented)


def flaw_of(refused: pytest.ExceptionInfo[InvalidProof]) -> ProofFlaw:
    return refused.value.flaw


@pytest.fixture
async def house() -> UseCasesOverFakes:
    house = UseCasesOverFakes()
    await house.add_user()
    return house


@pytest.mark.parametrize("renewal", Renewal)
async def test_a_session_is_bound_at_the_log_in(house: UseCasesOverFakes, renewal: Renewal) -> None:
    opened = await log_in(house, proof(house, LOG_IN), renewal)
    assert opened.session.grant == Grant(proof_key="mine")
    refreshed = await refresh(house, opened.refresh_token, proof(house))
    for jwt in (opened.jwt, refreshed.jwt):
        grant = house.jwts.signed[jwt].grant
        assert grant is not None
        assert grant.proof_key == "mine"
    assert refreshed.is_bound


@pytest.mark.parametrize("renewal", Renewal)
async def test_nothing_continues_a_bound_session_without_its_key(
    house: UseCasesOverFakes, renewal: Renewal
) -> None:
    opened = await log_in(house, proof(house, LOG_IN), renewal)
    before = dict(house.database.sessions)
    for presented, expected in (
        (None, ProofFlaw.MISSING),
        (proof(house, key="thief"), ProofFlaw.WRONG_KEY),
        (proof(house, LOG_IN), None),
        (PresentedProof("made up", "POST", REFRESH), ProofFlaw.MALFORMED),
        (proof(house, issued_at=house.clock() - HOUR), ProofFlaw.EXPIRED),
    ):
        if expected is None:
            assert presented is not None
            presented = replace(presented, path=REFRESH)
            expected = ProofFlaw.WRONG_ADDRESS
        with pytest.raises(InvalidProof) as refused:
            await refresh(house, opened.refresh_token, presented)
        assert flaw_of(refused) is expected
    assert house.database.sessions == before
    await refresh(house, opened.refresh_token, proof(house))


async def test_a_thief_without_the_key_cannot_even_end_the_session(
    house: UseCasesOverFakes,
) -> None:
    """A superseded token that is presented with the key is reuse; without the key it is nothing."""
    opened = await log_in(house, proof(house, LOG_IN), Renewal.ROTATING)
    token = opened.refresh_token
    for _ in range(3):
        token = (await refresh(house, token, proof(house))).refresh_token or ""
        house.passes(HOUR)
    for presented in (None, proof(house, key="thief")):
        with pytest.raises(InvalidProof):
            await refresh(house, opened.refresh_token, presented)
    assert house.database.sessions[opened.session.id].ended_at is None
    with pytest.raises(InvalidRefreshToken) as refused:
        await refresh(house, opened.refresh_token, proof(house))
    assert refused.value.cause is RefusalCause.REUSED
    assert house.database.sessions[opened.session.id].end_cause is EndCause.REUSED


async def test_a_session_that_is_over_says_so_without_a_proof(house: UseCasesOverFakes) -> None:
    opened = await log_in(house, proof(house, LOG_IN))
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    with pytest.raises(InvalidRefreshToken) as refused:
        await refresh(house, opened.refresh_token, None)
    assert refused.value.cause is RefusalCause.LOGGED_OUT_EVERYWHERE


async def test_a_proof_counts_once(house: UseCasesOverFakes) -> None:
    opened = await log_in(house, proof(house, LOG_IN), Renewal.REUSABLE)
    captured = proof(house)
    tries = await asyncio.gather(
        *(refresh(house, opened.refresh_token, captured) for _ in range(20)),
        return_exceptions=True,
    )
    refused = [one for one in tries if isinstance(one, InvalidProof)]
    assert [one.flaw for one in refused] == [ProofFlaw.REPLAYED] * 19
    house.passes(2 * MINUTE)
    await house.can.server.purge()
    with pytest.raises(InvalidProof):
        await refresh(house, opened.refresh_token, captured)


async def test_a_wrong_proof_is_not_used_up(house: UseCasesOverFakes) -> None:
    opened = await log_in(house, proof(house, LOG_IN))
    kept = proof(house, id="kept")
    with pytest.raises(InvalidProof):
        await refresh(house, opened.refresh_token, replace(kept, path="/elsewhere"))
    await refresh(house, opened.refresh_token, kept)


async def test_two_keys_can_choose_one_id(house: UseCasesOverFakes) -> None:
    mine = await log_in(house, proof(house, LOG_IN, id="1"))
    other = await log_in(house, proof(house, LOG_IN, id="1", key="other"))
    await refresh(house, mine.refresh_token, proof(house, id="2"))
    await refresh(house, other.refresh_token, proof(house, id="2", key="other"))


async def test_a_proof_binds_one_jwt_of_a_session_that_is_not_bound(
    house: UseCasesOverFakes,
) -> None:
    opened = await log_in(house, None)
    refreshed = await refresh(house, opened.refresh_token, proof(house))
    assert refreshed.is_bound
    assert house.jwts.signed[refreshed.jwt].grant == Grant(proof_key="mine")
    assert house.database.sessions[opened.session.id].grant is None
    again = await refresh(house, opened.refresh_token, None)
    assert not again.is_bound
    with pytest.raises(InvalidProof):
        await refresh(house, opened.refresh_token, PresentedProof("made up", "POST", REFRESH))


async def test_an_assertion_with_a_proof_binds_its_session(house: UseCasesOverFakes) -> None:
    issuer = an_issuer()
    await house.stores.trusted_issuers.add(issuer)
    text = house.assertions.sign(an_assertion(), issuer.terms.keys)
    opened = await house.can.presenters.exchange_assertion(
        text, ORIGIN, None, proof(house, "/oauth/token")
    )
    assert opened.session.grant == Grant(proof_key="mine")
    with pytest.raises(InvalidProof):
        await refresh(house, opened.refresh_token, None)


async def test_a_back_end_binds_a_session_to_a_key_that_it_names(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.can.operators.open_session(
        "someone", ORIGIN, Asked(proof_key="mine"), by=OPERATOR
    )
    with pytest.raises(InvalidProof):
        await refresh(house, opened.refresh_token, None)
    await refresh(house, opened.refresh_token, proof(house))


async def test_the_account_takes_a_bound_jwt_with_its_proof_alone(
    house: UseCasesOverFakes,
) -> None:
    opened = await log_in(house, proof(house, LOG_IN))
    can = house.can.account

    def of_jwt(**differences: Any) -> PresentedProof:
        own = {"ath": ath_of(opened.jwt), **differences}
        return proof(house, SESSIONS, "GET", **own)

    for presented, expected in (
        (None, ProofFlaw.MISSING),
        (of_jwt(key="thief"), ProofFlaw.WRONG_KEY),
        (of_jwt(ath=None), ProofFlaw.WRONG_TOKEN),
        (of_jwt(ath=ath_of("x")), ProofFlaw.WRONG_TOKEN),
    ):
        with pytest.raises(InvalidProof) as refused:
            await can.list_own_sessions(opened.jwt, proof=presented)
        assert flaw_of(refused) is expected
    captured = of_jwt()
    assert len((await can.list_own_sessions(opened.jwt, proof=captured)).items) == 1
    with pytest.raises(InvalidProof):
        await can.list_own_sessions(opened.jwt, proof=captured)
    await can.log_out_everywhere(opened.jwt, keep_this=False, proof=of_jwt())
    with pytest.raises(InvalidAccessToken):
        await can.list_own_sessions(opened.jwt, proof=of_jwt())


async def test_a_jwt_that_is_bound_to_no_key_is_not_presented_with_a_proof(
    house: UseCasesOverFakes,
) -> None:
    opened = await log_in(house, None)
    presented = proof(house, SESSIONS, "GET", ath=ath_of(opened.jwt))
    with pytest.raises(InvalidAccessToken):
        await house.can.account.list_own_sessions(opened.jwt, proof=presented)


async def test_where_every_new_session_is_bound_none_is_opened_without_a_key() -> None:
    house = UseCasesOverFakes(proofs=replace(PROOFS, is_required=True))
    await house.add_user()
    issuer = an_issuer()
    await house.stores.trusted_issuers.add(issuer)
    text = house.assertions.sign(an_assertion(id="kept"), issuer.terms.keys)
    with pytest.raises(InvalidProof):
        await log_in(house, None)
    with pytest.raises(InvalidProof):
        await house.can.presenters.exchange_assertion(text, ORIGIN, None)
    with pytest.raises(InvalidProof):
        await house.can.operators.open_session("someone", ORIGIN, by=OPERATOR)
    assert not house.database.sessions
    await log_in(house, proof(house, LOG_IN))
    await house.can.presenters.exchange_assertion(text, ORIGIN, None, proof(house, "/oauth/token"))


async def test_where_nonces_are_needed_the_refusal_has_one() -> None:
    house = UseCasesOverFakes(proofs=replace(PROOFS, needs_nonce=True))
    await house.add_user()
    nonce = None
    for made_up in (None, "made up"):
        with pytest.raises(InvalidProof) as refused:
            await log_in(house, proof(house, LOG_IN, nonce=made_up))
        assert flaw_of(refused) is ProofFlaw.NONCE_NEEDED
        nonce = refused.value.nonce
    assert nonce is not None
    a_wrong_clock = house.clock() - 5 * HOUR
    opened = await log_in(house, proof(house, LOG_IN, nonce=nonce, issued_at=a_wrong_clock))
    captured = proof(house, nonce=nonce)
    await refresh(house, opened.refresh_token, captured)
    with pytest.raises(InvalidProof) as refused:
        await refresh(house, opened.refresh_token, captured)
    assert flaw_of(refused) is ProofFlaw.REPLAYED
    house.passes(2 * MINUTE)
    with pytest.raises(InvalidProof) as refused:
        await refresh(house, opened.refresh_token, proof(house, nonce=nonce))
    assert flaw_of(refused) is ProofFlaw.NONCE_NEEDED
