"""The ASGI entry point of `remint serve`, and of uvicorn with Remint's own connections."""

import multiprocessing
import signal
import sys
from typing import Any

from config.instance import build
from config.settings.reading import SettingsError
from interfaces.cli.failures import ExitCode, print_failure

CONNECTIONS = "interfaces.http.server.connections"
UNGUARDED = (
    f"Start uvicorn with --http {CONNECTIONS}:BoundedConnection, or use `remint serve`: other "
    "connections bound no request head, and trust X-Forwarded-For from this machine."
)

if multiprocessing.parent_process() is not None:
    # The parent of the workers stops all of them at SIGHUP; see config.commands.serve.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

try:
    _instance = build()
except SettingsError as error:
    print_failure("\n       ".join(error.problems))
    sys.exit(ExitCode.USAGE)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The instance, which starts only behind connections that have its guards."""
    # A server loads the class of its connections before it starts the application.
    if scope["type"] == "lifespan" and CONNECTIONS not in sys.modules:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": UNGUARDED})
        return
    await _instance(scope, receive, send)
