"""The compose file: valid by the Compose schema, and its secrets and roles tried on a Postgres."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import yaml

from config.settings.dangers import dangers
from config.settings.loading import load_settings
from testing.postgres import Cluster
from testing.published_nginx import PUBLISHED
from tests.support.alice import PASSWORD
from tests.support.servers.command import run_remint
from tests.support.servers.server_process import ServerProcess

FOLDER = Path(__file__).parents[3] / "deploy/compose"
FILE = FOLDER / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "remint"]
INSTANCES = ["remint-1", "remint-2"]


def test_the_compose_schema_knows_every_field() -> None:
    tool = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run(
        [tool, "--builtin-schema", "vendor.compose-spec", FILE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_a_read_only_root_and_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].startswith("${REMINT_USER:?")


@pytest.mark.proves("S4")
@pytest.mark.parametrize("name", OURS)
def test_every_setting_makes_sense_and_no_secret_is_among_them(name: str) -> None:
    environment = dict(SERVICES[name]["environment"])
    files = {environment.pop("REMINT_CONFIG"), environment.pop("REMINT_SECRET_FILE", None)}
    assert {f"/run/secrets/{secret}" for secret in SERVICES[name]["secrets"]} == files - {None}
    if name in INSTANCES:
        assert dangers(load_settings(environment | {"REMINT_SERVER_HOST": "0.0.0.0"})) == []


def test_nginx_knows_both_instances_and_is_the_only_way_in() -> None:
    upstream = (FOLDER / "upstream.conf").read_text()
    assert re.findall(r"(?m)^    server (\S+):8080 ", upstream) == INSTANCES
    published = (PUBLISHED / "upstream.conf").read_text()
    assert _without_addresses(upstream) == _without_addresses(published)
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_what_is_mounted_is_there_or_made_by_prepare(prepared: Path) -> None:
    mounted = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", [])]
    files = [secret["file"] for secret in COMPOSE["secrets"].values()]
    paths = [path for path in (*mounted, *files) if path.startswith(".")]
    assert [path for path in paths if not (prepared / path).exists()] == []


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A copy of the folder in which the secrets were made."""
    folder = tmp_path / "deploy/compose"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("secrets", ".env"))
    shutil.copytree(PUBLISHED, tmp_path / "deploy/nginx")
    subprocess.run([folder / "prepare.sh"], check=True)
    return folder


@pytest.mark.proves("K5", "K6")
def test_secrets_are_made_once_and_for_their_owner_alone(prepared: Path) -> None:
    secrets = prepared / "secrets"
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE((secrets / "server.secret").stat().st_mode) == 0o600
    again = subprocess.run([prepared / "prepare.sh"], capture_output=True, check=False)
    assert again.returncode == 1
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before
    user = (prepared / ".env").read_text().strip().removeprefix("REMINT_USER=")
    assert not user.startswith("0:")


@pytest.fixture
def cluster() -> Any:
    with Cluster.create(durable=False) as cluster:
        yield cluster


@pytest.mark.proves("S5")
@pytest.mark.slow
def test_the_two_roles_suffice_and_the_instances_cannot_change_the_schema(
    prepared: Path, cluster: Cluster, tmp_path: Path
) -> None:
    """What compose does at its first start, step by step."""
    cluster.sql("CREATE ROLE remint_owner LOGIN")
    cluster.sql("CREATE DATABASE remint OWNER remint_owner")
    for statement in _statements(prepared / "secrets/roles.sql"):
        cluster.sql(statement, database="remint")
    owner, app = (_settings(prepared, name, cluster) for name in ("owner", "app"))
    run_remint(tmp_path, owner, "database", "upgrade")
    run_remint(tmp_path, app, "users", "add", "alice", "--password-stdin", typed=PASSWORD)
    token = run_remint(tmp_path, app, "sessions", "open", "alice", "--renewal", "rotating").strip()
    with ServerProcess(tmp_path, app) as server:
        server.wait_until_ready()
        answer = httpx.post(
            f"{server.url}/api/v1/authenticate/refresh", json={"refreshToken": token}
        )
        assert answer.status_code == 200
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        _as_app(cluster, "CREATE TABLE public.mischief (n int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        _as_app(cluster, "DROP TABLE users")


def _as_app(cluster: Cluster, statement: str) -> None:
    # One batch, so that the role is the app's for the statement.
    cluster.sql(f"DO $$ BEGIN SET ROLE remint_app; {statement}; END $$", database="remint")


def _statements(file: Path) -> list[str]:
    text = re.sub(r"(?m)^--.*$", "", file.read_text())
    return [statement for part in text.split(";") if (statement := part.strip())]


def _settings(prepared: Path, role: str, cluster: Cluster) -> dict[str, str]:
    """What compose gives this role, but for the address of Postgres."""
    file = prepared / f"secrets/{role}.toml"
    file.write_text(file.read_text().replace("@postgres/", f"@127.0.0.1:{cluster.port}/"))
    secret = (prepared / "secrets/server.secret").read_text()
    return {
        "REMINT_CONFIG": str(file),
        "REMINT_SECRET": secret,
        "REMINT_DATABASE_MIGRATE": "false",
    }


def _without_addresses(upstream: str) -> str:
    return re.sub(r"(?m)^#.*\n|server \S+", "", upstream)
