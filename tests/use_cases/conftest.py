"""What the tests of the use cases share."""

import pytest

from domain.sessions import Renewal
from tests.support.fakes.house import House


@pytest.fixture
def house() -> House:
    """The product with rotating sessions."""
    return House()


@pytest.fixture
def reusable_house() -> House:
    """The product with reusable sessions."""
    return House(renewal=Renewal.REUSABLE)
