"""Generated requests against both documents: nothing undocumented, no 5xx, errors in shape."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CheckContext
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from interfaces.http.oauth.errors import OAuthError
from interfaces.http.wire.json_errors import ErrorBody
from tests.support.checks.http_calls import calling
from tests.support.fakes.http_over_fakes import HttpOverFakes
from tests.support.servers.deployment import Deployment, deployed

CONTRACT = Path(__file__).parents[2] / "http" / "contract" / "refresh.openapi.yaml"
AnyCase = Case[Any]
GENERATED = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


async def served_document() -> dict[str, Any]:
    """What `/openapi.json` answers; asked before the server runs, to know its operations."""
    house = HttpOverFakes()
    async with calling(house.app()) as client:
        document: dict[str, Any] = (await client.get("/openapi.json")).json()
    return document


@pytest.fixture(scope="module")
def remint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    settings = {"REMINT_THROTTLE_PER_SOURCE": "1000000"}
    with deployed(tmp_path_factory.mktemp("generated"), settings=settings) as running:
        yield running


@pytest.fixture(scope="module")
def real_token(remint: Deployment) -> str:
    return remint.open_session()


def is_oauth(case: AnyCase) -> bool:
    return case.path.startswith("/oauth/")


@schemathesis.check
def error_shape(ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """Every error has the body of its dialect; runs with the checks that schemathesis brings."""
    if response.status_code >= 400:
        is_routed = response.status_code not in (404, 405)
        dialect = OAuthError if is_oauth(case) and is_routed else ErrorBody
        msgspec.json.decode(response.content, type=dialect, strict=True)


contract = schemathesis.openapi.from_path(CONTRACT)
well_formed = schemathesis.openapi.from_path(CONTRACT)
well_formed.config.generation.update(modes=[GenerationMode.POSITIVE])
own_document = schemathesis.openapi.from_dict(asyncio.run(served_document()))


@contract.parametrize()
@GENERATED
def test_the_service_keeps_the_contract(case: AnyCase, remint: Deployment) -> None:
    # The contract's schema lets blank tokens through, which its text refuses.
    case.call_and_validate(base_url=remint.url, excluded_checks=[positive_data_acceptance])


@own_document.parametrize()
@GENERATED
def test_the_service_keeps_its_own_document(case: AnyCase, remint: Deployment) -> None:
    response = case.call(base_url=remint.url)
    # No schema knows the terms of a client, or that an empty parameter counts as left out.
    is_beyond = "outsideTerms" in response.text or is_oauth(case)
    excluded: list[Any] = [positive_data_acceptance] if is_beyond else []
    if response.status_code == 413:  # which schemathesis takes for a success
        excluded.append(negative_data_rejection)
    case.validate_response(response, excluded_checks=excluded)


@well_formed.parametrize()
@GENERATED
def test_a_real_token_is_refreshed_whatever_comes_with_it(
    case: AnyCase, remint: Deployment, real_token: str
) -> None:
    assert isinstance(case.body, dict)
    case.body = {**case.body, "refreshToken": real_token}
    assert case.call_and_validate(base_url=remint.url).status_code == 200
