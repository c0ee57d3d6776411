"""What people put in front of Remint or of its database: nginx, HAProxy, PgBouncer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testing.packages import program
from testing.postgres import Cluster
from testing.privileges import unprivileged
from testing.processes import Process
from testing.waiting import free_port

NGINX = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
}}
"""

PGBOUNCER = """
[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 500
"""


@contextmanager
def nginx(http: str, *, port: int, folder: Path) -> Iterator[Process]:
    """Run nginx with `http` inside its http block, which has to listen on `port`."""
    config = folder / "nginx.conf"
    # Workers of a root's nginx would be nobody, who cannot enter the folder to park large bodies.
    user = "user root;" if unprivileged() else ""
    config.write_text(NGINX.format(user=user, folder=folder, http=http))
    with _running("nginx", "-p", folder, "-c", config, "-e", "stderr", logs=folder) as process:
        process.wait_for_port(port)
        yield process


@contextmanager
def haproxy(config: str, *, port: int, folder: Path) -> Iterator[Process]:
    """Run HAProxy with the whole of `config`, which has to listen on `port`."""
    path = folder / "haproxy.cfg"
    path.write_text(config)
    with _running("haproxy", "-db", "-f", path, logs=folder) as process:
        process.wait_for_port(port)
        yield process


@contextmanager
def pgbouncer(cluster: Cluster, *, folder: Path, pool_size: int = 5) -> Iterator[int]:
    """Run PgBouncer in transaction mode before a Postgres, for its present users; give its port."""
    port = free_port()
    roles = cluster.sql("SELECT rolname FROM pg_roles WHERE rolcanlogin")
    (folder / "users.txt").write_text("".join(f'"{role["rolname"]}" ""\n' for role in roles))
    config = folder / "pgbouncer.ini"
    config.write_text(
        PGBOUNCER.format(server_port=cluster.port, port=port, folder=folder, pool_size=pool_size)
    )
    as_somebody = ("-u", "nobody") if unprivileged() else ()
    with _running("pgbouncer", *as_somebody, config, logs=folder) as process:
        process.wait_for_port(port)
        yield port


def _running(name: str, *arguments: str | Path, logs: Path) -> Process:
    found = program(name)
    return Process([found.path, *arguments], logs=logs, name=name, env=found.env)
