"""The programs that people put in front of Remint run here as they do there."""

from pathlib import Path

import asyncpg
import httpx
import pytest

from testing.middlemen import haproxy, nginx, pgbouncer
from testing.postgres import SUPERUSER, Cluster
from testing.waiting import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def status_of(port: int) -> int:
    return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code


def test_nginx_serves_the_configuration_it_is_given(tmp_path: Path) -> None:
    port = free_port()
    server = f"server {{ listen 127.0.0.1:{port}; return 204; }}"
    with nginx(server, port=port, folder=tmp_path):
        assert status_of(port) == 204


def test_haproxy_serves_the_configuration_it_is_given(tmp_path: Path) -> None:
    port = free_port()
    config = f"""
defaults
    mode http
    timeout client 5s
    timeout connect 5s
    timeout server 5s
frontend front
    bind 127.0.0.1:{port}
    http-request return status 418
"""
    with haproxy(config, port=port, folder=tmp_path):
        assert status_of(port) == 418


async def test_pgbouncer_shares_one_server_connection_between_clients(
    postgres: Cluster, tmp_path: Path
) -> None:
    with pgbouncer(postgres, folder=tmp_path, pool_size=1) as port:
        backends = {await backend_seen_through(port) for _ in range(3)}
        assert len(backends) == 1


async def backend_seen_through(port: int) -> int:
    connection = await asyncpg.connect(
        host="127.0.0.1", port=port, user=SUPERUSER, database="postgres", statement_cache_size=0
    )
    try:
        return int(await connection.fetchval("SELECT pg_backend_pid()"))
    finally:
        await connection.close()
