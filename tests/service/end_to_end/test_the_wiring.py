"""Every port and use case can be made from settings."""

from pathlib import Path

import pytest
from dependency_injector import providers

from config.settings.sections import DatabaseSettings, Settings
from config.wiring.container import Container

SECRET = b"a server secret that is long enough for a test"


@pytest.fixture
def container(tmp_path: Path) -> Container:
    url = f"sqlite+aiosqlite:///{tmp_path}/remint.db"
    return Container(settings=Settings(database=DatabaseSettings(url=url)), secrets=(SECRET,))


def test_every_provider_resolves(container: Container) -> None:
    for name, provider in container.providers.items():
        if not isinstance(provider, providers.Object):
            assert provider() is not None, name


def test_a_port_that_is_overridden_reaches_every_use_case(container: Container) -> None:
    stopped = object()
    with container.clock.override(providers.Object(stopped)):
        use_cases = container.use_cases()
        assert use_cases.presenters.refresh.clock is stopped
        assert use_cases.presenters.authenticate.clock is stopped
        assert use_cases.account.change_password.caller_check.clock is stopped
