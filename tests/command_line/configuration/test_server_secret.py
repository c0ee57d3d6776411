"""The server secret is never absent, weak or lying about for others to read."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings.reading import SettingsError
from config.settings.server_secret import is_exposed, load_secrets, new_secret, secret_ids, weakness

OLD, NEW = "3nZ0v5mJ8cQw1tLxUe7rYb2kHs9dGfPaWiOu6T4R", "q8K2fVb6XzN0mJ4hTgY1sDc7RwE9uLpAoI3xQyUt"


def secret_file(folder: Path, text: str, mode: int = 0o600) -> dict[str, str]:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return {"REMINT_SECRET_FILE": str(path)}


def problem_of(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        load_secrets(environment)
    return str(refused.value)


@pytest.mark.parametrize("between", [",", " ", "\n", ", ", " ,\n"])
def test_the_variable_lists_secrets_from_the_oldest_to_the_newest(between: str) -> None:
    assert load_secrets({"REMINT_SECRET": f"{OLD}{between}{NEW}"}) == (OLD.encode(), NEW.encode())


def test_the_file_has_one_secret_a_line_from_the_oldest_to_the_newest(tmp_path: Path) -> None:
    environment = secret_file(tmp_path, f"{OLD}\n\n{NEW}\n")
    assert load_secrets(environment) == (OLD.encode(), NEW.encode())


@pytest.mark.proves("K5")
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660, 0o666])
def test_a_file_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    problem = problem_of(secret_file(tmp_path, NEW, mode))
    assert "chmod 600" in problem
    assert NEW not in problem


@pytest.mark.proves("K5")
def test_a_mounted_file_gets_the_advice_of_what_mounts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret of Docker Swarm has mode 0444 and belongs to root; nobody can change it."""
    environment = secret_file(tmp_path, NEW, 0o444)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    problem = problem_of(environment)
    assert "chmod" not in problem
    assert f'`mode: 0400` and `uid: "{os.geteuid()}"`' in problem
    assert "`defaultMode: 0440`" in problem


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_the_owner_alone_is_fine(mode: int, tmp_path: Path) -> None:
    assert load_secrets(secret_file(tmp_path, NEW, mode)) == (NEW.encode(),)


@pytest.mark.proves("K5")
@pytest.mark.parametrize(
    ("mode", "owner", "reader", "exposed"),
    [
        (0o440, 0, 65532, False),  # Kubernetes' fsGroup, systemd's access list
        (0o400, 65532, 65532, False),
        (0o440, 65532, 65532, True),  # the user's own file needs no group
        (0o440, 0, 0, True),
        (0o460, 0, 65532, True),
        (0o444, 0, 65532, True),
        (0o604, 1000, 65532, True),
        (0o440, 1000, 65532, True),
    ],
)
def test_only_root_may_hand_the_file_over_by_a_group(
    mode: int, owner: int, reader: int, exposed: bool
) -> None:
    assert is_exposed(mode, owner, reader) is exposed


@pytest.mark.proves("K6")
@pytest.mark.parametrize("environment", [{}, {"REMINT_SECRET": ""}, {"REMINT_SECRET": " , "}])
def test_a_missing_secret_is_refused_with_what_to_do(environment: dict[str, str]) -> None:
    problem = problem_of(environment)
    assert "There is no server secret" in problem
    assert "`remint secret`" in problem


@pytest.mark.proves("K6", "S1")
@pytest.mark.parametrize(
    "weak",
    [
        "short-CANARY",
        NEW[:31],
        "changeme" * 5,
        "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME_1234",
        "replace-this-by-32-characters-of-CANARY-0123456789",
        "my-super-Secret-key-that-is-really-long-0987654321",
        "a" * 64,
        "abc" * 20,
        "0123456789abcdef" * 4,
        "0" * 32,
    ],
)
def test_a_weak_secret_is_refused_with_what_to_do_and_never_repeated(weak: str) -> None:
    """As in CVE-2023-51442."""
    problem = problem_of({"REMINT_SECRET": weak})
    assert "`remint secret`" in problem
    assert weak not in problem


def test_one_weak_secret_among_good_ones_is_named_by_its_number() -> None:
    problem = problem_of({"REMINT_SECRET": f"{OLD},changeme"})
    assert "(number 2 of 2) is too short" in problem


def test_the_same_secret_twice_is_refused() -> None:
    assert "twice" in problem_of({"REMINT_SECRET": f"{OLD},{OLD}"})


def test_two_secrets_with_the_same_id_are_refused_before_the_start() -> None:
    by_id = dict[str, str]()
    for secret in iter(new_secret, None):
        [found] = secret_ids([secret.encode()])
        if found in by_id:
            break
        by_id[found] = secret
    problem = problem_of({"REMINT_SECRET": f"{by_id[found]},{secret}"})
    assert problem == "Two server secrets share their id. Replace the newest: `remint secret`."


def test_two_places_for_the_secret_are_refused(tmp_path: Path) -> None:
    environment = secret_file(tmp_path, NEW) | {"REMINT_SECRET": OLD}
    assert problem_of(environment) == "Set REMINT_SECRET or REMINT_SECRET_FILE, not both."


def test_a_file_that_is_missing_empty_or_no_text_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in problem_of({"REMINT_SECRET_FILE": str(tmp_path / "none")})
    assert "is empty" in problem_of(secret_file(tmp_path, "\n"))
    (tmp_path / "secret").write_bytes(b"\xff" * 40)
    assert "is not UTF-8" in problem_of({"REMINT_SECRET_FILE": str(tmp_path / "secret")})


def test_new_secrets_are_strong_and_unique() -> None:
    made = {new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert not any(map(weakness, made))


@given(st.binary(min_size=16, max_size=64))
def test_what_random_bytes_look_like_in_hex_is_only_refused_when_it_is_poor(drawn: bytes) -> None:
    text = drawn.hex()
    assert (weakness(text) is None) or len(set(text)) < 8 or text in (text + text)[1:-1]


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe])
def test_secrets_from_other_generators_are_accepted(make: Callable[[int], str]) -> None:
    assert [weakness(make(32)) for _ in range(200)] == [None] * 200
