"""Opens the use cases for a single command."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from application import UseCases
from config.loading import require_database_file, secrets_or_exit, settings_or_exit
from config.wiring.container import Container
from config.wiring.service import Service
from infrastructure.security.encryption import DecryptionFailed
from infrastructure.telemetry.logs import set_up_logs
from interfaces.cli.calling import Access
from interfaces.cli.failures import ExitCode, fail

_KEYS_UNREADABLE = (
    "The signing keys in this database are encrypted under another server secret. Put that secret "
    "into the list, before newer ones."
)


@asynccontextmanager
async def open_use_cases(access: Access) -> AsyncIterator[UseCases]:
    """The use cases over the configured database, prepared as `access` says.

    Logs and the audit trail go to stderr, so that stdout has the command's result only.
    """
    settings, secrets = settings_or_exit(), secrets_or_exit()
    set_up_logs(settings.log.level, settings.log.format, stream=sys.stderr)
    if access is not Access.CREATE:
        require_database_file(settings)
    container = Container(settings=settings, secrets=secrets)
    service = Service(container)
    try:
        async with service.reading() if access is Access.READ else service.ready():
            yield container.use_cases()
    except DecryptionFailed:
        fail(_KEYS_UNREADABLE, ExitCode.USAGE)
