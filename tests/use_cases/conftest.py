"""What the tests of the use cases share."""

import pytest

from domain.sessions import Renewal
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes


@pytest.fixture
def house() -> UseCasesOverFakes:
    """The product with rotating sessions."""
    return UseCasesOverFakes()


@pytest.fixture
def reusable_house() -> UseCasesOverFakes:
    """The product with reusable sessions."""
    return UseCasesOverFakes(renewal=Renewal.REUSABLE)
