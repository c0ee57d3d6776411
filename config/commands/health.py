"""`remint health`: asks the server of this machine, at the address of its own settings."""

import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection

import click

from config.loading import settings_or_exit
from config.settings.sections import ServerSettings
from interfaces.cli.failures import ExitCode, fail

PATIENCE = 2.0
"""Seconds to wait for the answer: less than container engines wait for a health check."""
ON_THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to listen on


@click.command()
@click.option("--ready", is_flag=True, help="Ask whether the server is ready, not only alive.")
def health(ready: bool) -> None:
    """Ask the server whether it lives.

    Finds the server of this machine by server.host, server.port and the TLS settings. The exit code
    is 0 if the server answers 200, and 1 otherwise. Use it as the health check of a container.
    """
    server = settings_or_exit().server
    if not server.port:
        fail("server.port is 0, so the server's port is unknown. Set it.", ExitCode.USAGE)
    path = "/health/ready" if ready else "/health/live"
    try:
        status, answer = _ask(server, path)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        fail(f"The server at {_where(server)} does not answer: {reason}.")
    if status != 200:
        fail(f"The server at {_where(server)} answers {status} to {path}: {answer}")
    click.echo(answer)


def _ask(server: ServerSettings, path: str) -> tuple[int, str]:
    host = ON_THIS_MACHINE.get(server.host, server.host)
    if server.tls_certificate is None:
        connection = HTTPConnection(host, server.port, timeout=PATIENCE)
    else:
        connection = HTTPSConnection(host, server.port, timeout=PATIENCE, context=_unverified())
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(4096).decode("utf-8", "replace")
    finally:
        connection.close()


def _unverified() -> ssl.SSLContext:
    """TLS without verification: the certificate is for the public name, not for this address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _where(server: ServerSettings) -> str:
    return f"{server.host} port {server.port}"
