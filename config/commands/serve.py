"""`remint serve`: one instance of the service, on a port of its own."""

import contextlib
import errno
import math
import os
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing import get_context

import click
import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from config.loading import secrets_or_exit, settings_or_exit
from config.preparation import prepare_or_exit
from config.settings.dangers import names_another_port
from config.settings.sections import ServerSettings, Settings
from infrastructure.telemetry.logs import set_up_logs
from infrastructure.telemetry.metrics_text import SHARED_FOLDER
from interfaces.cli.failures import ExitCode, fail
from interfaces.http.server.connection_budget import backlog
from interfaces.http.server.connections import BoundedConnection
from interfaces.http.server.start_failures import EXIT_CODE

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

    If database.migrate is true, the database schema is upgraded first. After SIGTERM, SIGHUP or
    Ctrl-C, running requests have server.shutdown to finish; the exit code is 0.
    """
    _prefer({"HOST": host, "PORT": port, "WORKERS": workers})
    if demo:
        # Loads the whole service. Without it, only the workers load the service.
        from config.demo import greeting, prepare_demo

        prepare_demo()
    settings = settings_or_exit()
    secrets_or_exit()
    _refuse_unusable_certificate(settings.server)
    listener = _listen(settings.server.host, settings.server.port, "server.port")
    address = _address(settings.server, listener)
    if demo:
        click.echo(greeting(address))
        settings = settings_or_exit()
    set_up_logs(settings.log.level, settings.log.format)
    _announce(settings, address)
    try:
        _run(settings, listener)
    finally:
        _forget_what_cannot_be_written()


def _forget_what_cannot_be_written() -> None:
    """Leave nothing in the buffers of a full disk, because Python would end with 120 for it."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _announce(settings: Settings, address: str) -> None:
    """Say where the server listens, and whether JWTs say so too, in the form of the log."""
    issuer, port = settings.tokens.issuer, int(address.rpartition(":")[2])
    is_another = names_another_port(settings, port)
    if settings.log.format == "json":
        log = structlog.get_logger("remint")
        log.info("listening", address=address)
        if is_another:
            log.warning("issuerNamesAnotherPort", issuer=issuer)
        return
    sentences = [f"Remint listens on {address}."]
    if is_another:
        sentences.append(
            f"JWTs say {issuer}, the default of tokens.issuer, which names another port. "
            "Set tokens.issuer to the public address of the service."
        )
    with contextlib.suppress(OSError):  # because a closed standard error ends no server
        click.echo("\n".join(sentences), err=True)


def _prefer(options: dict[str, str | int | None]) -> None:
    """Put the options into the environment, because every worker process reads them there."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"REMINT_SERVER_{name}"] = str(value)


def _listen(host: str, port: int, setting: str) -> socket.socket:
    """Bind the port; the service accepts connections once it has started."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, ValueError) as error:
        listener.close()
        fail(_why_not_listening(host, port, setting, error))
    listener.set_inheritable(True)
    return listener


def _why_not_listening(host: str, port: int, setting: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    reason = getattr(error, "strerror", None) or "not an address"
    says = f"Cannot listen on {host} port {port}: {reason}."
    option = " or --port" if setting == "server.port" else ""
    if number == errno.EADDRINUSE:
        return f"{says} Choose another port with {setting}{option}."
    if number == errno.EACCES:
        return (
            f"{says} Ports below 1024 need a privilege: choose another port with {setting}{option}."
        )
    address = "admin.host" if setting == "admin.port" else "server.host or --host"
    return f"{says} Choose an address of this machine with {address}."


def _refuse_unusable_certificate(server: ServerSettings) -> None:
    if server.tls_certificate is None or server.tls_key is None:
        return
    for setting in ("tls_certificate", "tls_key"):
        path = getattr(server, setting)
        try:
            with open(path, "rb"):  # noqa: PTH123 - Path refuses NUL with another error
                pass
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a path"
            fail(
                f"server.{setting} names the file {path}, which cannot be read: {reason}.",
                ExitCode.USAGE,
            )
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server.tls_certificate, server.tls_key, password=lambda: "")
    except (ssl.SSLError, OSError) as error:
        reason = (getattr(error, "reason", None) or "the key is encrypted").replace("_", " ")
        fail(
            f"server.tls_certificate and server.tls_key are not a certificate chain and its "
            f"unencrypted private key, both in PEM: {reason.lower()}.",
            ExitCode.USAGE,
        )


def _address(server: ServerSettings, listener: socket.socket) -> str:
    scheme = "https" if server.tls_certificate else "http"
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(server.host, server.host)  # noqa: S104 - shown
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


def _run(settings: Settings, listener: socket.socket) -> None:
    server = settings.server
    config = uvicorn.Config(
        "config.asgi:app",
        workers=server.workers,
        loop="interfaces.http.server.event_loop:EventLoop",
        backlog=backlog(),
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
    listeners = [listener, *_more_listeners(settings)]
    # The exit code of a server that was stopped by SIGTERM is 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _treat_hang_up_as_stop()
    with contextlib.suppress(KeyboardInterrupt):
        if server.workers > 1:
            _prepare_once()
            with _shared_metrics(settings.metrics.enabled):
                _run_workers(config, listeners)
        else:
            _run_alone(config, listeners)


def _treat_hang_up_as_stop() -> None:
    """Stop at SIGHUP as at SIGTERM, unless SIGHUP is ignored, as `nohup` does."""
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def _prepare_once() -> None:
    """Prepare in a process of its own before the workers start, so that one message says why not.

    The parent process does not load the service, because it would keep the memory.
    """
    process = get_context("spawn").Process(target=prepare_or_exit, daemon=True)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def _run_workers(config: uvicorn.Config, listeners: list[socket.socket]) -> None:
    hang_up = signal.getsignal(signal.SIGHUP)
    supervisor = Multiprocess(config, sockets=listeners)
    signal.signal(signal.SIGHUP, hang_up)  # because uvicorn restarts the workers at SIGHUP
    supervisor.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in supervisor.processes):
        sys.exit(ExitCode.FAILED)


def _run_alone(config: uvicorn.Config, listeners: list[socket.socket]) -> None:
    server = uvicorn.Server(config)
    try:
        server.run(sockets=listeners)
    except SystemExit as ended:
        if ended.code != STARTUP_FAILURE:
            raise
        sys.exit(server.lifespan.state.get(EXIT_CODE, ExitCode.FAILED))


def _more_listeners(settings: Settings) -> Iterator[socket.socket]:
    """The ports that are kept for some paths. Every listener has the same bounds and TLS."""
    host, metrics, admin = settings.server.host, settings.metrics, settings.admin
    if metrics.enabled and metrics.port is not None:
        yield _listen(host, metrics.port, "metrics.port")
    if admin.port is not None:
        yield _listen(admin.host or host, admin.port, "admin.port")


@contextlib.contextmanager
def _shared_metrics(are_wanted: bool) -> Iterator[None]:
    """A folder in which the workers share their metrics; every start has a new one."""
    if not are_wanted or SHARED_FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="remint-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        yield
