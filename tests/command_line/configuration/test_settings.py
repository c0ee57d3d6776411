"""Settings come from the file and the environment, and wrong ones never pass in silence."""

from datetime import timedelta
from pathlib import Path
from typing import Any, get_origin

import msgspec
import pytest

from config.settings.loading import load_settings
from config.settings.reading import SettingsError, read_sections, variable
from config.settings.sections import Settings, sections
from config.settings.setting import Setting, choices, settings_of
from domain.sessions import Renewal
from interfaces.durations import write_duration

TEXTS = {
    "server.trusted_proxies": "10.0.0.0/8,fd00::/8",
    "database.url": "postgresql+asyncpg://app@db.example.com/remint",
    "tokens.issuer": "https://id.example.com/remint",
    "metrics.path": "/internal/metrics",
    "cors.origins": "https://app.example.com,http://localhost:3000",
}
"""Values for settings of a particular shape; for the others any word does."""

EVERY_SETTING = [
    pytest.param(section, name, kind, about, default, id=f"{section}.{name}")
    for section, struct in sections().items()
    for name, (kind, about, default) in settings_of(struct).items()
]


def another_value(setting: str, kind: Any, about: Setting, default: Any) -> tuple[str, Any]:
    """An acceptable value that is not the default: as text, and as it must arrive."""
    if isinstance(about.at_most, timedelta):
        return write_duration(about.at_most), about.at_most
    if choices(kind):
        other = next(choice for choice in choices(kind) if choice != default)
        return str(other), other
    if kind is bool:
        return str(not default).lower(), not default
    if get_origin(kind) is tuple:
        return TEXTS[setting], tuple(TEXTS[setting].split(","))
    if kind in (str, str | None):
        text = TEXTS.get(setting, "something-else")
        return text, text
    return str(about.at_most), about.at_most


def in_toml(section: str, name: str, value: Any) -> str:
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, tuple):
        text = "[" + ", ".join(f'"{part}"' for part in value) + "]"
    else:
        text = str(value) if isinstance(value, int) else f'"{value}"'
    return f"[{section}]\n{name} = {text}\n"


def file_of(folder: Path, text: str) -> dict[str, str]:
    path = folder / "remint.toml"
    path.write_text(text)
    return {"REMINT_CONFIG": str(path)}


def problems_of(environment: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as wrong:
        load_settings(environment)
    return wrong.value.problems


@pytest.mark.parametrize(("section", "name", "kind", "about", "default"), EVERY_SETTING)
def test_every_setting_can_be_set_in_the_environment(
    section: str, name: str, kind: Any, about: Setting, default: Any
) -> None:
    text, value = another_value(f"{section}.{name}", kind, about, default)
    read = read_sections(sections(), {f"REMINT_{section}_{name}".upper(): text})
    assert getattr(read[section], name) == value != default


@pytest.mark.parametrize(("section", "name", "kind", "about", "default"), EVERY_SETTING)
def test_every_setting_can_be_set_in_the_file(
    section: str, name: str, kind: Any, about: Setting, default: Any, tmp_path: Path
) -> None:
    text, value = another_value(f"{section}.{name}", kind, about, default)
    toml = in_toml(section, name, text if kind is timedelta else value)
    read = read_sections(sections(), file_of(tmp_path, toml))
    assert getattr(read[section], name) == value != default


@pytest.mark.parametrize(("section", "name", "kind", "about", "default"), EVERY_SETTING)
def test_every_default_is_itself_acceptable(
    section: str, name: str, kind: Any, about: Setting, default: Any
) -> None:
    assert about.complaint(default) is None


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings({"PATH": "/bin", "HOME": "/"}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = file_of(tmp_path, '[sessions]\ngrace = "5s"\ncoalesce = 2\nrenewal = "rotating"\n')
    sessions = load_settings(file | {"REMINT_SESSIONS_GRACE": "7s"}).sessions
    assert sessions.grace == timedelta(seconds=7)
    assert sessions.coalesce == timedelta(seconds=2)
    assert sessions.renewal is Renewal.ROTATING


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    file = file_of(tmp_path, "[server]\nport = 9000\n")
    assert load_settings(file | {"REMINT_SERVER_PORT": " "}).server.port == 9000


def test_settings_cannot_be_changed_after_loading() -> None:
    with pytest.raises(AttributeError):
        Settings().server.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("REMINT_SESSION_GRACE", "REMINT_SESSIONS_GRACE"),
        ("REMINT_DATABASE", "REMINT_DATABASE_URL"),
        ("REMINT_SECRETS", "REMINT_SECRET"),
        ("REMINT_sessions_grace", "REMINT_SESSIONS_GRACE"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_name(wrong: str, nearest: str) -> None:
    [problem] = problems_of({wrong: "CANARY"})
    assert problem.startswith(f"{wrong} is not a setting; the nearest is REMINT_")
    assert "CANARY" not in problem
    if wrong.isupper():
        assert problem.endswith(f" {nearest}.")


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        (
            "[sessions]\ngrcae = 5",
            "sessions.grcae is not a setting; the nearest is sessions.grace.",
        ),
        ("[session]\ngrace = 5", "session is not a setting; the nearest is sessions."),
        ("sessions = 5", "sessions must be a table: [sessions]."),
        ("[server]\nport = '8080'", "server.port must be a whole number."),
        ("[server]\nport = true", "server.port must be a whole number."),
        ("[server]\ndocs = 'yes'", "server.docs must be true or false."),
        (
            "[server]\ntrusted_proxies = 'any'",
            "server.trusted_proxies must be a list of networks such as 10.0.0.0/8.",
        ),
        ("[tokens]\nclient_id = 5", "tokens.client_id must be a text that is not empty."),
    ],
)
def test_the_file_is_read_strictly(toml: str, problem: str, tmp_path: Path) -> None:
    assert problems_of(file_of(tmp_path, toml)) == (problem,)


def test_a_file_that_is_missing_or_not_toml_is_refused(tmp_path: Path) -> None:
    [problem] = problems_of({"REMINT_CONFIG": str(tmp_path / "none.toml")})
    assert f"a file that cannot be read ({tmp_path}/none.toml): No such file" in problem
    [problem] = problems_of(file_of(tmp_path, "[tokens]\nissuer = CANARY"))
    assert (
        problem == f"REMINT_CONFIG names a file that is not TOML (line 2) ({tmp_path}/remint.toml)."
    )


def test_every_problem_is_told_at_once() -> None:
    environment = {"REMINT_SERVER_PORT": "x", "REMINT_LOG_LEVEL": "loud", "REMINT_NONSENSE": "1"}
    assert len(problems_of(environment)) == 3


@pytest.mark.proves("G3", "H14", "L3", "S1")
@pytest.mark.parametrize(
    ("name", "value", "must_be"),
    [
        ("SERVER_PORT", "65536", "between 0 and 65535"),
        ("SERVER_WORKERS", "0", "between 1 and 256"),
        ("SERVER_MAX_BODY", "10", "between 1024 and 1048576 bytes"),
        ("SESSIONS_GRACE", "601", "between 0s and 10m"),
        ("SESSIONS_GRACE", "soon", "a duration: seconds, or words such as 10s, 15m or 1h30m"),
        ("SESSIONS_RENEWAL", "CANARY", "one of reusable, rotating"),
        ("SESSIONS_AT_LIMIT", "CANARY", "one of end-oldest, refuse"),
        ("TOKENS_ALGORITHM", "HS256", "one of ES256, EdDSA, RS256, PS256"),
        ("TOKENS_AUDIENCE", " ", None),
        ("TOKENS_ISSUER", "id.example.com", "an http or https URL without query"),
        ("TOKENS_ISSUER", "https://id.example.com/?a=CANARY", "an http or https URL"),
        ("TOKENS_ISSUER", "https://user:CANARY@id.example.com", "an http or https URL"),
        ("CORS_ORIGINS", "*", "a list of exact origins"),
        ("CORS_ORIGINS", "https://*.example.com", "a list of exact origins"),
        ("CORS_ORIGINS", "https://app.example.com/", "a list of exact origins"),
        ("CORS_ORIGINS", "null", "a list of exact origins"),
        ("SERVER_TRUSTED_PROXIES", "*", "a list of networks"),
        ("SERVER_TRUSTED_PROXIES", "10.0.0.1/8", "a list of networks"),
        *(
            ("METRICS_PATH", path, "a path such as /metrics")
            for path in ("metrics", "/", "/metrics/", "//metrics", "/./metrics", "/m%65trics")
        ),
        ("METRICS_PORT", "tcp://10.0.0.1:80", "a whole number"),
        ("ADMIN_PORT", "0", "between 1 and 65535"),
        ("PASSWORDS_MEMORY", "19455", "between 19456 and 4194304 KiB"),
        ("PASSWORDS_ITERATIONS", "1", "between 2 and 100"),
    ],
)
def test_a_value_out_of_bounds_is_refused_and_never_repeated(
    name: str, value: str, must_be: str | None
) -> None:
    """Any value could be a password in the wrong place."""
    environment = {f"REMINT_{name}": value}
    if must_be is None:
        assert load_settings(environment) == Settings()
        return
    [problem] = problems_of(environment)
    assert problem.startswith(f"REMINT_{name} (")
    assert f" must be {must_be}" in problem
    assert "CANARY" not in problem


@pytest.mark.proves("L3")
def test_a_jwt_lives_at_most_fifteen_minutes_by_default_and_an_hour_by_setting() -> None:
    """The ceiling stops the start."""
    assert Settings().tokens.lifetime <= timedelta(minutes=15)
    assert load_settings({"REMINT_TOKENS_LIFETIME": "60m"}).tokens.lifetime == timedelta(hours=1)
    [problem] = problems_of({"REMINT_TOKENS_LIFETIME": "60m1s"})
    assert problem == "REMINT_TOKENS_LIFETIME (tokens.lifetime) must be between 1s and 1h."


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({"SESSIONS_COALESCE": "11s"}, "sessions.coalesce must not exceed sessions.grace."),
        (
            {"SESSIONS_GRACE": "61s", "TOKENS_LIFETIME": "1m"},
            "sessions.grace must not exceed tokens.lifetime.",
        ),
        ({"SESSIONS_IDLE": "19m"}, "sessions.idle must be at least twice tokens.lifetime."),
        ({"SESSIONS_IDLE": "91d"}, "sessions.idle must not exceed sessions.lifetime."),
        (
            {"KEYS_RELOAD": "61s", "KEYS_MAX_AGE": "1m"},
            "keys.reload must not exceed keys.max_age.",
        ),
        (
            {"KEYS_ROTATE_AFTER": "15m"},
            "keys.rotate_after must exceed keys.max_age and tokens.lifetime together.",
        ),
        (
            {"THROTTLE_PER_ACCOUNT": "101"},
            "throttle.per_account must not exceed throttle.per_source.",
        ),
        (
            {"SERVER_TLS_KEY": "key.pem"},
            "server.tls_certificate and server.tls_key must be set together.",
        ),
        ({"METRICS_PORT": "8080"}, "metrics.port must not be server.port."),
        ({"ADMIN_PORT": "8080"}, "admin.port must not be server.port."),
        ({"ADMIN_PORT": "9090", "METRICS_PORT": "9090"}, "admin.port must not be metrics.port."),
        ({"ADMIN_HOST": "127.0.0.1"}, "admin.host needs admin.port."),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    environment: dict[str, str], problem: str
) -> None:
    assert problems_of({f"REMINT_{name}": value for name, value in environment.items()}) == (
        problem,
    )


def test_what_kubernetes_says_of_a_service_named_remint_is_no_setting() -> None:
    linked = {
        "REMINT_PORT": "tcp://10.0.0.1:8080",
        "REMINT_PORT_8080_TCP": "tcp://10.0.0.1:8080",
        "REMINT_PORT_8080_TCP_ADDR": "10.0.0.1",
        "REMINT_SERVICE_HOST": "10.0.0.1",
        "REMINT_SERVICE_PORT": "8080",
        "REMINT_SERVICE_PORT_HTTP": "8080",
        "REMINT_DB_SERVICE_HOST": "10.0.0.2",
    }
    assert load_settings(linked) == Settings()


@pytest.mark.proves("S1")
def test_no_repr_shows_the_database_password() -> None:
    url = "postgresql+asyncpg://app:CANARY@db/remint"
    settings = load_settings({"REMINT_DATABASE_URL": url})
    assert settings.database.url == url
    assert "CANARY" not in f"{settings!r} {settings} {settings.database!r}"


def test_an_unknown_key_cannot_be_given_in_code_either() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"server": {"prot": 1}}, Settings)


def test_every_variable_is_named_after_its_section_and_setting() -> None:
    assert variable("database", "url") == "REMINT_DATABASE_URL"
    assert variable("log", "level") == "REMINT_LOG_LEVEL"
