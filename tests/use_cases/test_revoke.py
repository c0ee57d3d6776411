"""Revoke: log out by refresh token."""

import pytest

from domain.actors import PRESENTER
from domain.causes import EndCause, RefusalCause
from domain.errors import InvalidRefreshToken
from domain.events import SessionEnded
from domain.refresh_tokens import RefreshToken
from tests.support.fakes.builders import ANOTHER_SECRET
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

pytestmark = pytest.mark.anyio


async def test_a_revoked_session_refreshes_no_more(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    await house.can.presenters.revoke(opened.refresh_token)
    with pytest.raises(InvalidRefreshToken) as error:
        await house.refresh(opened.refresh_token)
    assert error.value.cause is RefusalCause.REVOKED


async def test_any_token_of_the_session_will_do(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    successor = await house.rotate(opened.refresh_token)
    await house.can.presenters.revoke(opened.refresh_token)
    with pytest.raises(InvalidRefreshToken):
        await house.refresh(successor)


async def test_other_sessions_live_on(house: UseCasesOverFakes) -> None:
    await house.signed_in()
    other = await house.log_in()
    await house.can.presenters.revoke((await house.log_in()).refresh_token)
    assert (await house.refresh(other.refresh_token)).refresh_token


@pytest.mark.proves("S2")
async def test_a_revocation_is_audited_once(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    for _ in range(2):
        await house.can.presenters.revoke(opened.refresh_token)
    assert house.audit.events == [
        SessionEnded(
            at=house.clock(),
            subject=str(opened.session.user_id),
            session=opened.session.id,
            cause=EndCause.REVOKED,
            actor=PRESENTER,
        )
    ]


@pytest.mark.proves("O4")
async def test_tokens_that_mean_nothing_are_nobodys_business(house: UseCasesOverFakes) -> None:
    """No error, so nothing can be learned from one."""
    opened = await house.signed_in()
    forged = RefreshToken(opened.session.id, 0, ANOTHER_SECRET)
    await house.can.presenters.revoke("made up")
    await house.can.presenters.revoke(house.codec.write(forged))
    house.database.sessions.clear()
    await house.can.presenters.revoke(opened.refresh_token)
    assert not house.database.writes
    assert not house.audit.events
