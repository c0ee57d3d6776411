"""The command line over use cases that live in memory."""

import pytest
from click.testing import CliRunner, Result

from config.main import main
from tests.support.command_line import Remint
from tests.support.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def remint(world: World) -> Remint:
    def run(*words: str, typed: str | bytes = "") -> Result:
        return CliRunner().invoke(main, words, input=typed, obj=world.open)

    return run
