"""`remint serve`: one instance of the service, on a port of its own."""

import contextlib
import math
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from config.loading import secrets_or_exit, settings_or_exit
from interfaces.cli.failures import fail

if TYPE_CHECKING:
    from config.settings.sections import ServerSettings, Settings

KEEP_ALIVE = 75
"""Seconds an idle connection stays open: longer than proxies reuse one (nginx: 60), so that it is
never closed under a request that is just being sent."""


@click.command()
@click.option("--host", help="Address to listen on; wins over the settings.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one."
)
@click.option("--workers", type=click.IntRange(1, 256), help="Server processes.")
@click.option("--demo", is_flag=True, help="Try it: own database and secret, a user, a token.")
def serve(host: str | None, port: int | None, workers: int | None, demo: bool) -> None:
    """Serve until stopped.

    Brings the database schema up to date first, if database.migrate allows it. SIGTERM and Ctrl-C
    let running requests finish for up to server.shutdown; the exit code is 0 then.
    """
    _prefer({"HOST": host, "PORT": port, "WORKERS": workers})
    if demo:
        from config.demo import prepare_demo

        prepare_demo()
    settings = settings_or_exit()
    secrets_or_exit()
    listener = _listen(settings.server.host, settings.server.port)
    address = _address(settings.server, listener)
    if demo:
        from config.demo import greeting

        click.echo(greeting(address))
    click.echo(f"Remint listens on {address}.", err=True)
    _run(settings, listener)


def _prefer(options: dict[str, str | int | None]) -> None:
    """Hand the options on in the environment, where every worker process finds them."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"REMINT_SERVER_{name}"] = str(value)


def _listen(host: str, port: int) -> socket.socket:
    """Take the port; connections are accepted once the service has started."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        fail(f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --port.")
    listener.set_inheritable(True)
    return listener


def _address(server: "ServerSettings", listener: socket.socket) -> str:
    scheme = "https" if server.tls_certificate else "http"
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(server.host, server.host)  # noqa: S104 - shown
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


def _run(settings: "Settings", listener: socket.socket) -> None:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from infrastructure.telemetry.logs import set_up_logs
    from interfaces.http.server.connections import BoundedConnection

    set_up_logs(settings.log.level, settings.log.format)
    server = settings.server
    config = uvicorn.Config(
        "config.asgi:app",
        workers=server.workers,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=BoundedConnection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=math.ceil(server.shutdown.total_seconds()),
        ssl_certfile=server.tls_certificate,
        ssl_keyfile=server.tls_key,
    )
    listeners = [listener, *_metrics_listener(settings)]
    # Whoever stops the server on purpose gets exit code 0, once everything is down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        if server.workers > 1:
            with _shared_metrics(settings.metrics.enabled):
                Multiprocess(config, sockets=listeners).run()
        else:
            uvicorn.Server(config).run(sockets=listeners)


def _metrics_listener(settings: "Settings") -> list[socket.socket]:
    metrics = settings.metrics
    if not metrics.enabled or metrics.port is None:
        return []
    return [_listen(settings.server.host, metrics.port)]


@contextlib.contextmanager
def _shared_metrics(are_wanted: bool) -> Iterator[None]:
    """A folder through which the workers' metrics come together; a fresh one for every start."""
    from infrastructure.telemetry.metrics_text import SHARED_FOLDER

    if not are_wanted or SHARED_FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="remint-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        yield
