"""The command line over use cases that live in memory."""

import pytest

from domain.sessions import Renewal
from tests.support.fakes.command_line import Remint
from tests.support.fakes.house import House


@pytest.fixture
def house() -> House:
    return House(renewal=Renewal.REUSABLE)


@pytest.fixture
def remint(house: House) -> Remint:
    return Remint(house)
