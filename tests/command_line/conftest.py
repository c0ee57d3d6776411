"""The command line over use cases that live in memory."""

import pytest

from domain.sessions import Renewal
from tests.support.fakes.command_over_fakes import CommandOverFakes
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes


@pytest.fixture
def house() -> UseCasesOverFakes:
    return UseCasesOverFakes(renewal=Renewal.REUSABLE)


@pytest.fixture
def remint(house: UseCasesOverFakes) -> CommandOverFakes:
    return CommandOverFakes(house)
