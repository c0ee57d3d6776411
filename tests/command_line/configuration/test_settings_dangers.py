"""Settings that are allowed and dangerous are named, and honest ones are not."""

import pytest

from config.settings.dangers import dangers
from config.settings.loading import load_settings

OPEN = {"SERVER_HOST": "0.0.0.0"}
BEHIND_A_PROXY = OPEN | {"SERVER_TRUSTED_PROXIES": "10.1.2.0/24"}
ROTATING = {"SESSIONS_RENEWAL": "rotating"}
POSTGRES = "postgresql+asyncpg://app:x@db.example.com/remint"


def dangerous(**given: str) -> list[str]:
    settings = load_settings({f"REMINT_{name}": value for name, value in given.items()})
    return [name for name, _ in dangers(settings)]


def test_the_defaults_are_safe() -> None:
    assert dangerous() == []


@pytest.mark.parametrize(
    "given",
    [
        BEHIND_A_PROXY | {"METRICS_PORT": "9090"},
        BEHIND_A_PROXY | {"METRICS_ENABLED": "false"},
        OPEN | {"SERVER_TLS_CERTIFICATE": "c", "SERVER_TLS_KEY": "k", "METRICS_PORT": "9090"},
        {"DATABASE_URL": f"{POSTGRES}?ssl=verify-full"},
        {"DATABASE_URL": "postgresql+asyncpg://app:x@127.0.0.1/remint"},
        {"DATABASE_URL": "postgresql+asyncpg://app@/remint?host=127.0.0.1:1&host=localhost:2"},
        {"TOKENS_ISSUER": "https://id.example.com", "SERVER_HSTS": "365d"},
        {"SERVER_PORT": "8181", "TOKENS_ISSUER": "http://localhost:8181"},
        {"SERVER_PORT": "0"},
        {"CORS_ORIGINS": "https://app.example.com,http://localhost:3000"},
        ROTATING,
    ],
)
def test_what_production_and_development_look_like_is_safe(given: dict[str, str]) -> None:
    assert dangerous(**given) == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (OPEN, ["server.host", "metrics.port"]),
        (BEHIND_A_PROXY, ["metrics.port"]),
        ({"SERVER_TRUSTED_PROXIES": "unix"}, ["metrics.port"]),
        (
            {"SERVER_TRUSTED_PROXIES": "::ffff:10.0.0.0/104", "METRICS_PORT": "9090"},
            ["server.trusted_proxies"],
        ),
        ({"SERVER_TRUSTED_PROXIES": "127.0.0.1"}, ["metrics.port"]),
        (OPEN | {"METRICS_ENABLED": "false"}, ["server.host"]),
        (
            OPEN | {"SERVER_TRUSTED_PROXIES": "0.0.0.0/0"},
            ["server.trusted_proxies", "metrics.port"],
        ),
        ({"SERVER_HSTS": "1d"}, ["server.hsts"]),
        ({"CORS_ORIGINS": "http://app.example.com"}, ["cors.origins"]),
        ({"DATABASE_URL": POSTGRES}, ["database.url"]),
        ({"DATABASE_URL": "postgresql+asyncpg://app@/r?host=10.0.0.1:5432"}, ["database.url"]),
        ({"SERVER_WORKERS": "2"}, ["server.workers"]),
        (ROTATING | {"SESSIONS_RECOVERIES": "0"}, ["sessions.recoveries"]),
        ({"SESSIONS_GRACE": "0s", "SESSIONS_COALESCE": "0s"}, ["sessions.grace"]),
        ({"TOKENS_ISSUER": "http://id.example.com"}, ["tokens.issuer"]),
        ({"SERVER_PORT": "8181"}, ["tokens.issuer"]),
        ({"TOKENS_LIFETIME": "16m"}, ["tokens.lifetime"]),
        ({"LOG_LEVEL": "debug"}, ["log.level"]),
    ],
)
def test_every_danger_is_named_with_its_setting(given: dict[str, str], named: list[str]) -> None:
    assert dangerous(**given) == named
