"""Loads the server secrets, and refuses weak ones."""

import os
import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.settings.reading import SECRET_VARIABLES, SettingsError, path_of
from interfaces.text import NotText, read_text, refuse_damage

LIST_VARIABLE, FILE_VARIABLE = SECRET_VARIABLES
SHORTEST = 32
"""Minimum length in characters; `remint secret` makes 43."""
FEWEST_DIFFERENT = 8
"""Minimum number of different characters: random digits, hex and base64 reach it, repeated words do
not."""
_ADVICE = "Make one with `remint secret`."
_MISSING = (
    f"There is no server secret. {_ADVICE} Then set {LIST_VARIABLE} to the secret, or "
    f"{FILE_VARIABLE} to a file of mode 0600 that contains it."
)
_ANY_ACCESS_BY_GROUP_OR_OTHERS = 0o077
_ANY_ACCESS_BUT_GROUP_READS = 0o037
ROOT = 0
_PLACEHOLDERS = (
    *("changeme", "changethis", "default", "example", "insert", "password", "placeholder"),
    *("replace", "secret", "yourkey"),
)


def new_secret() -> str:
    """A server secret of 256 bits from the operating system's CSPRNG."""
    return secrets.token_urlsafe(32)


def load_secrets(environment: Mapping[str, str]) -> tuple[bytes, ...]:
    """The server secrets, oldest to newest, from REMINT_SECRET or REMINT_SECRET_FILE.

    Raises:
        SettingsError: there is no secret, a secret is weak, or other users can read the file. The
            message contains no secret.
    """
    found, place = _find(environment)
    problems = [
        f"{_numbered(place, number, len(found))} {problem}. {_ADVICE}"
        for number, secret in enumerate(found, start=1)
        if (problem := weakness(secret))
    ]
    if len(set(found)) < len(found):
        problems.append(f"{place} has the same secret twice.")
    if problems:
        raise SettingsError(problems)
    secrets = tuple(secret.encode() for secret in found)
    if len(secrets) > 1:
        secret_ids(secrets)
    return secrets


def secret_ids(secrets: Sequence[bytes]) -> list[str]:
    """The public name of each secret, in hexadecimal; tokens contain it.

    Raises:
        SettingsError: two secrets have the same one-byte id, as happens once in 256 times.
    """
    # The parent process of several workers does not load the cryptography for a single secret.
    from infrastructure.security.server_secrets import ServerSecrets

    try:
        return [f"{number:02x}" for number in ServerSecrets(secrets).ids]
    except ValueError as error:
        raise SettingsError([str(error)]) from None


def weakness(secret: str) -> str | None:
    """The reason why a text is too weak for a server secret; None if it is strong enough."""
    try:
        refuse_damage(secret)
    except NotText as error:
        return str(error)
    if re.match(r"(export )?REMINT_\w*=", secret):
        return "is a line of an env file: leave the name and `=` out"
    if len(secret) < SHORTEST:
        return f"is too short: a server secret has at least {SHORTEST} characters"
    letters = re.sub(r"[^a-z]", "", secret.lower())
    if any(word in letters for word in _PLACEHOLDERS):
        return "is a placeholder, not a secret"
    if len(set(secret)) < FEWEST_DIFFERENT or secret in (secret + secret)[1:-1]:
        return "repeats itself too much to be a secret"
    return None


def is_exposed(mode: int, owner: int, reader: int) -> bool:
    """Whether users other than `reader`, as which Remint runs, can use a file of that mode.

    A file that belongs to root can be readable by its group, because Kubernetes (fsGroup) and
    systemd (LoadCredential, whose access list appears as the group's permission) share files so.
    """
    by_group = owner == ROOT != reader
    forbidden = _ANY_ACCESS_BUT_GROUP_READS if by_group else _ANY_ACCESS_BY_GROUP_OR_OTHERS
    return bool(mode & forbidden)


def how_to_protect(path: Path) -> str:
    """What an operator does so that other users cannot read a file."""
    found = path.stat()
    is_mounted = bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    if not is_mounted and os.geteuid() in (found.st_uid, ROOT):
        return f"Give it mode 0600: chmod 600 {shlex.quote(str(path))}"
    return (
        "Give it mode 0400 and the user that runs Remint as its owner. For a secret of Docker "
        f'Swarm, write `mode: 0400` and `uid: "{os.geteuid()}"` in the service\'s secrets. For a '
        "secret of Kubernetes, write `defaultMode: 0440` in the volume, and `fsGroup`."
    )


def _find(environment: Mapping[str, str]) -> tuple[list[str], str]:
    listed = re.split(r"[\s,]+", environment.get(LIST_VARIABLE, "").strip(" \t\r\n,"))
    path = path_of(FILE_VARIABLE, environment.get(FILE_VARIABLE))
    if listed != [""] and path:
        raise SettingsError([f"Set {LIST_VARIABLE} or {FILE_VARIABLE}, not both."])
    if path:
        return _read_lines(Path(path)), f"The secret in {FILE_VARIABLE}"
    if listed != [""]:
        return listed, f"The secret in {LIST_VARIABLE}"
    raise SettingsError([_MISSING])


def _read_lines(path: Path) -> list[str]:
    try:
        found = path.stat()
        lines = read_text(path.read_bytes()).splitlines()
    except OSError as error:
        problem = f"The file that {FILE_VARIABLE} names cannot be read: {error.strerror}."
        raise SettingsError([problem]) from None
    except NotText as error:
        raise SettingsError([f"The file that {FILE_VARIABLE} names {error}."]) from None
    if is_exposed(found.st_mode, found.st_uid, os.geteuid()):
        advice = how_to_protect(path)
        raise SettingsError([f"Others can read the file that {FILE_VARIABLE} names. {advice}"])
    listed = [line.strip() for line in lines if line.strip()]
    if not listed:
        raise SettingsError([f"The file that {FILE_VARIABLE} names is empty. {_ADVICE}"])
    return listed


def _numbered(place: str, number: int, count: int) -> str:
    return place if count == 1 else f"{place} (number {number} of {count})"
