"""Text that editors, env files and other systems changed is read as meant, or refused with why."""

import codecs
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.settings.loading import load_settings
from config.settings.reading import SettingsError
from config.settings.server_secret import load_secrets
from interfaces.text import NotText, read_line, read_text

SECRET = "q8K2fVb6XzN0mJ4hTgY1sDc7RwE9uLpAoI3xQyUt"
TOML = "[tokens]\naudience = 'orders'\n"
UNREADABLE = [
    pytest.param(codecs.BOM_UTF16_LE, "utf-16-le", "is UTF-16: save it as UTF-8", id="UTF-16"),
    pytest.param(codecs.BOM_UTF32_BE, "utf-32-be", "is UTF-32: save it as UTF-8", id="UTF-32"),
    pytest.param(b"", "utf-16-be", "contains a NUL character", id="no mark"),
    pytest.param(b"# \xe9\n", "latin-1", "is not UTF-8: save it as UTF-8", id="Latin-1"),
]


def file_of(folder: Path, content: bytes) -> str:
    file = folder / "file"
    file.write_bytes(content)
    file.chmod(0o600)
    return str(file)


def problems_of(
    load: Callable[[Mapping[str, str]], object], environment: dict[str, str]
) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load(environment)
    return refused.value.problems


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_files_of_every_editor_say_the_same(mark: bytes, end: bytes, tmp_path: Path) -> None:
    secret = mark + SECRET.encode() + end
    loaded = load_secrets({"REMINT_SECRET_FILE": file_of(tmp_path, secret)})
    assert loaded == (SECRET.encode(),)
    toml = mark + TOML.encode().replace(b"\n", end or b"\n")
    config = {"REMINT_CONFIG": file_of(tmp_path, toml)}
    assert load_settings(config).tokens.audience == "orders"


@pytest.mark.parametrize(("mark", "encoding", "reason"), UNREADABLE)
def test_files_in_another_encoding_are_refused_with_the_reason(
    mark: bytes, encoding: str, reason: str, tmp_path: Path
) -> None:
    for name, text, load in (
        ("REMINT_SECRET_FILE", SECRET, load_secrets),
        ("REMINT_CONFIG", TOML, load_settings),
    ):
        file = file_of(tmp_path, mark + text.encode(encoding))
        [problem] = problems_of(load, {name: file})
        assert problem.startswith(f"The file that {name} names {reason}")
        assert SECRET not in problem


QUOTED = [f'"{SECRET}"', f"'{SECRET}'", f"{SECRET}'", f"\u201c{SECRET}\u201d"]


@pytest.mark.parametrize("value", QUOTED)
def test_quotes_around_a_secret_are_refused_in_both_places(value: str, tmp_path: Path) -> None:
    file = file_of(tmp_path, value.encode())
    for environment in ({"REMINT_SECRET": value}, {"REMINT_SECRET_FILE": file}):
        [problem] = problems_of(load_secrets, environment)
        assert "begins or ends with a quote" in problem
        assert SECRET not in problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKENS_AUDIENCE", '"CANARY"'),
        ("TOKENS_CLIENT_ID", "'CANARY'"),
        ("TOKENS_ISSUER", '"https://CANARY.example.com"'),
        ("SERVER_HOST", '"127.0.0.1"'),
        ("SERVER_PORT", "'8080'"),
        ("SESSIONS_GRACE", '"10s"'),
        ("CORS_ORIGINS", '"https://CANARY.example.com","http://localhost"'),
        ("DATABASE_URL", '"sqlite+aiosqlite:///CANARY.db"'),
        ("LOG_LEVEL", "\u201cinfo\u201d"),
    ],
)
def test_quotes_that_an_env_file_kept_are_refused_in_every_setting(name: str, value: str) -> None:
    [problem] = problems_of(load_settings, {f"REMINT_{name}": value})
    assert problem.startswith(f"REMINT_{name} (")
    assert "begins or ends with a quote" in problem
    assert "CANARY" not in problem


@pytest.mark.parametrize(
    ("load", "name"), [(load_settings, "REMINT_CONFIG"), (load_secrets, "REMINT_SECRET_FILE")]
)
def test_quotes_around_the_name_of_a_file_are_refused(
    load: Callable[[Mapping[str, str]], object], name: str
) -> None:
    [problem] = problems_of(load, {name: '"/etc/remint/CANARY"'})
    assert problem.startswith(f"{name} begins or ends with a quote")


def test_a_carriage_return_that_an_env_file_kept_is_no_part_of_a_value(tmp_path: Path) -> None:
    config = file_of(tmp_path, TOML.encode())
    read = load_settings({"REMINT_CONFIG": config + "\r", "REMINT_TOKENS_CLIENT_ID": "shop\r"})
    assert (read.tokens.audience, read.tokens.client_id) == ("orders", "shop")
    assert load_secrets({"REMINT_SECRET": SECRET + "\r"}) == (SECRET.encode(),)


@pytest.mark.parametrize("value", ["a\x00b", "a\x1b[0m", "a\ufeff"])
def test_invisible_characters_are_refused_in_the_file(value: str, tmp_path: Path) -> None:
    escaped = value.encode("unicode_escape").decode().replace("\\x", "\\u00")
    config = {"REMINT_CONFIG": file_of(tmp_path, f'[tokens]\nclient_id = "{escaped}"'.encode())}
    assert problems_of(load_settings, config) == (
        "tokens.client_id contains an invisible character: type it again.",
    )


def test_a_variable_that_is_not_utf_8_is_refused() -> None:
    """Python shows the bytes of such a variable as surrogates."""
    [problem] = problems_of(load_settings, {"REMINT_TOKENS_AUDIENCE": "caf\udce9"})
    assert "is not UTF-8" in problem
    [problem] = problems_of(load_secrets, {"REMINT_SECRET": SECRET + "\udce9"})
    assert "is not UTF-8" in problem


def test_a_byte_order_mark_before_the_first_name_of_an_env_file_is_refused() -> None:
    assert problems_of(load_settings, {"\ufeffREMINT_SERVER_PORT": "8081"}) == (
        "A byte order mark precedes the name REMINT_SERVER_PORT: save the env file without one.",
    )


def test_a_line_of_an_env_file_is_no_secret(tmp_path: Path) -> None:
    for line in (f"REMINT_SECRET={SECRET}", f"export REMINT_SECRET={SECRET}"):
        file = file_of(tmp_path, line.encode())
        [problem] = problems_of(load_secrets, {"REMINT_SECRET_FILE": file})
        assert "is a line of an env file" in problem


@pytest.mark.parametrize("several", ["orders,billing", "orders billing", "orders;billing"])
def test_several_audiences_are_refused_with_the_reason(several: str, tmp_path: Path) -> None:
    config = file_of(tmp_path, f"[tokens]\naudience = '{several}'".encode())
    for environment in ({"REMINT_TOKENS_AUDIENCE": several}, {"REMINT_CONFIG": config}):
        [problem] = problems_of(load_settings, environment)
        assert "tokens.audience" in problem
        assert "must be one audience, without commas and blanks" in problem
        assert several not in problem


def test_a_list_of_audiences_is_refused_with_the_same_reason(tmp_path: Path) -> None:
    config = file_of(tmp_path, b"[tokens]\naudience = ['orders', 'billing']")
    [problem] = problems_of(load_settings, {"REMINT_CONFIG": config})
    assert problem.startswith("tokens.audience must be one audience")


@pytest.mark.parametrize("audience", ["orders", "https://api.example.com/v1?a=b", "urn:a:b", "αβ"])
def test_one_audience_of_any_form_is_fine(audience: str) -> None:
    assert load_settings({"REMINT_TOKENS_AUDIENCE": audience}).tokens.audience == audience


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_loaded_or_refused_with_sentences(tmp_path: Path, drawn: bytes) -> None:
    """Every other error than SettingsError is a fault."""
    file = file_of(tmp_path, drawn)
    for name, load in (("REMINT_SECRET_FILE", load_secrets), ("REMINT_CONFIG", load_settings)):
        with suppress(SettingsError):
            load({name: file})


@given(st.text().filter(lambda text: "\0" not in text and "\r" not in text))
def test_a_text_in_utf_8_is_read_unchanged(text: str) -> None:
    assert read_text(codecs.BOM_UTF8 + text.encode()) == text
    assert read_text(text.replace("\n", "\r\n").encode()) == text.removeprefix("\ufeff")


@pytest.mark.parametrize("raw", [b"a\nb", b"a\r\nb\r\n", b"a\n\n", b"a\r", b"a\rb"])
def test_two_lines_are_not_one(raw: bytes) -> None:
    with pytest.raises(NotText, match="more than one line"):
        read_line(raw)
