"""`remint serve`: one instance of the service, on a port of its own."""

import contextlib
import math
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from config.loading import secrets_or_exit, settings_or_exit
from config.settings.dangers import names_another_port
from config.settings.sections import ServerSettings, Settings
from infrastructure.telemetry.logs import set_up_logs
from infrastructure.telemetry.metrics_text import SHARED_FOLDER
from interfaces.cli.failures import fail
from interfaces.http.server.connections import BoundedConnection

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than proxies reuse one (nginx: 60), so that
the server never closes a connection on which a proxy is sending a request."""


@click.command()
@click.option("--host", help="Address to listen on; overrides server.host.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one."
)
@click.option("--workers", type=click.IntRange(1, 256), help="Number of server processes.")
@click.option("--demo", is_flag=True, help="Try Remint with its own database, secret and user.")
def serve(host: str | None, port: int | None, workers: int | None, demo: bool) -> None:
    """Serve until stopped.

    If database.migrate is true, the database schema is upgraded first. After SIGTERM or Ctrl-C,
    running requests have server.shutdown to finish; the exit code is 0.
    """
    _prefer({"HOST": host, "PORT": port, "WORKERS": workers})
    if demo:
        # Loads the whole service. Without it, only the workers load the service.
        from config.demo import greeting, prepare_demo

        prepare_demo()
    settings = settings_or_exit()
    secrets_or_exit()
    listener = _listen(settings.server.host, settings.server.port)
    address = _address(settings.server, listener)
    if demo:
        click.echo(greeting(address))
    click.echo(f"Remint listens on {address}.", err=True)
    if names_another_port(settings):
        click.echo(
            f"JWTs say {settings.tokens.issuer}, the default of tokens.issuer, which names another "
            "port. Set tokens.issuer to the public address of the service.",
            err=True,
        )
    _run(settings, listener)


def _prefer(options: dict[str, str | int | None]) -> None:
    """Put the options into the environment, because every worker process reads them there."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"REMINT_SERVER_{name}"] = str(value)


def _listen(host: str, port: int) -> socket.socket:
    """Bind the port; the service accepts connections once it has started."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        fail(f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --port.")
    listener.set_inheritable(True)
    return listener


def _address(server: ServerSettings, listener: socket.socket) -> str:
    scheme = "https" if server.tls_certificate else "http"
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(server.host, server.host)  # noqa: S104 - shown
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


def _run(settings: Settings, listener: socket.socket) -> None:
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
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=math.ceil(server.shutdown.total_seconds()),
        ssl_certfile=server.tls_certificate,
        ssl_keyfile=server.tls_key,
    )
    listeners = [listener, *_metrics_listener(settings)]
    # The exit code of a server that was stopped by SIGTERM is 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        if server.workers > 1:
            with _shared_metrics(settings.metrics.enabled):
                Multiprocess(config, sockets=listeners).run()
        else:
            uvicorn.Server(config).run(sockets=listeners)


def _metrics_listener(settings: Settings) -> list[socket.socket]:
    metrics = settings.metrics
    if not metrics.enabled or metrics.port is None:
        return []
    return [_listen(settings.server.host, metrics.port)]


@contextlib.contextmanager
def _shared_metrics(are_wanted: bool) -> Iterator[None]:
    """A folder in which the workers share their metrics; every start has a new one."""
    if not are_wanted or SHARED_FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="remint-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        yield
