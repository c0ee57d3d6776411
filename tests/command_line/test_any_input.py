"""Whatever an operator sets, pipes or signals: a sentence, an exit code of the table, no secret."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from config.main import main
from interfaces.cli.failures import ExitCode
from testing.privileges import unprivileged
from testing.waiting import free_port
from tests.support.servers.command import REMINT, environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

CANARY = "CANARY-q8K2fVb6XzN0mJ4hTgY1sDc7RwE9uLpA"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
LOCATIONS = st.sampled_from(
    [
        *("remint.db", "new/deep/remint.db", "a%20b.db", "a#b%3Fc.db", "~/r.db", "%00", "n" * 300),
        *("folder", "pipe", "garbage", "file/remint.db", "foreign.db", ".", "", "/dev/null"),
    ]
)
OPTIONS = st.sampled_from(
    [
        *("", "?ssl=reqire", "?sslmode=require", "?sslrootcert=garbage&sslmode=verify-full"),
        *("?connect_timeout=1", "?options=-c%20nonsense", "?host=a,b&port=1", f"?{CANARY}=1"),
        *(f"?password={CANARY}&b=c", "?target_session_attrs=standby", "?timeout=x", "?uri=true"),
    ]
)
SERVERS = st.builds(
    "{}://{}@{}/{}{}".format,
    st.sampled_from(["postgres", "postgresql", "postgresql+asyncpg", "mysql", ""]),
    st.sampled_from(["", "app", f"app:{CANARY}", f"app:{CANARY}@x", f"app:/?#{CANARY}%zz"]),
    st.sampled_from(
        [
            "127.0.0.1:1",
            "127.0.0.1:x",
            "127.0.0.1:99999",
            "[::1]:1",
            "a..b",
            "%2Fnowhere",
            "",
            "h,i:x",
        ]
    ),
    st.sampled_from(["remint", "", "a b", "%00"]),
    OPTIONS,
)
URLS = st.one_of(st.builds("sqlite+aiosqlite:///{}{}".format, LOCATIONS, OPTIONS), SERVERS, TEXTS)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "REMINT_DATABASE_URL": URLS,
        "REMINT_CONFIG": st.sampled_from(["garbage", "folder", "none", "/nowhere/x", "pipe/x"]),
        "REMINT_SECRET": st.sampled_from([CANARY, f"{CANARY},{CANARY[::-1]}", "short", ""]),
        "REMINT_SECRET_FILE": st.sampled_from(["garbage", "folder", "none", CANARY]),
        "REMINT_SERVER_HOST": st.sampled_from(
            ["127.0.0.1", "192.0.2.5", "::1", "a..b", "h" * 70, "localhost", "not a host"]
        ),
        "REMINT_SERVER_TLS_KEY": st.sampled_from(["garbage", "folder", "none"]),
        "REMINT_SERVER_TLS_CERTIFICATE": st.sampled_from(["garbage", "folder", "none"]),
        "REMINT_SERVER_WORKERS": st.sampled_from(["1", "2", "x"]),
        "REMINT_DATABASE_CONNECT_TIMEOUT": st.just("500ms"),
        "REMINT_DATABASE_MIGRATE": st.sampled_from(["true", "false", "maybe"]),
        "REMINT_LOG_FORMAT": st.sampled_from(["json", "console", "auto"]),
    },
)
COMMANDS = st.sampled_from(
    [
        *(
            ("settings", "check"),
            ("settings", "check", "--json"),
            ("doctor",),
            ("doctor", "--json"),
        ),
        *(
            ("users", "list"),
            ("users", "add", "bob", "--password-stdin"),
            ("users", "delete", "bob"),
        ),
        *(
            ("sessions", "explain"),
            ("sessions", "list", "bob"),
            ("keys", "list"),
            ("keys", "rotate"),
        ),
        *(
            ("database", "status"),
            ("database", "upgrade"),
            ("database", "copy", "--to", "nonsense"),
        ),
    ]
)
PIPED = st.one_of(st.binary(max_size=40), st.just(CANARY.encode()), st.just(b"correct horse 1\r\n"))


def prepare(folder: Path) -> None:
    """Files of every kind that a setting can name by mistake."""
    (folder / "folder").mkdir()
    (folder / "file").touch()
    (folder / "garbage").write_bytes(bytes(range(256)) * 20)
    (folder / "garbage").chmod(0o600)
    os.mkfifo(folder / "pipe")
    with closing(sqlite3.connect(folder / "foreign.db")) as opened:
        opened.execute("CREATE TABLE users (id int)")


def judge(said: str, code: int | None) -> None:
    assert "Traceback" not in said
    assert CANARY not in said
    assert code in set(ExitCode), said


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(chosen=SETTINGS, words=COMMANDS, piped=PIPED)
@example(
    {"REMINT_SECRET": CANARY, "REMINT_DATABASE_URL": "postgres://a@h/x?ssl=x"}, ("doctor",), b""
)
def test_no_command_fails_without_a_sentence(
    chosen: Mapping[str, str], words: tuple[str, ...], piped: bytes
) -> None:
    outside = {name: None for name in os.environ if name.startswith("REMINT_")}
    with TemporaryDirectory() as folder, chdir(folder):
        prepare(Path(folder))
        env = {"REMINT_SECRET": CANARY, **outside, **chosen}
        result = CliRunner().invoke(main, words, input=piped, env=env)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    judge(result.output + result.stderr, result.exit_code)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    chosen=SETTINGS,
    stop=st.sampled_from([signal.SIGTERM, signal.SIGINT]),
    seconds=st.sampled_from([0.3, 2.0, 4.0]),
)
def test_no_server_starts_or_stops_without_a_sentence(
    chosen: Mapping[str, str], stop: signal.Signals, seconds: float
) -> None:
    with TemporaryDirectory() as folder:
        prepare(Path(folder))
        running = subprocess.Popen(
            [*REMINT, "serve", "--port", str(free_port())],
            cwd=folder,
            env=environment({"REMINT_SECRET": CANARY, **chosen}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            said, _ = running.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            running.send_signal(stop)
            said, _ = running.communicate(timeout=60)
        if running.returncode in (-stop, 130):  # before Python or Remint handles the signal
            return
        judge(said, running.returncode)


WITH_RIGHTS = """
import itertools, json, os, shutil, sys, tempfile
from click.testing import CliRunner
from config.main import main

COMMANDS = [["users", "list"], ["users", "add", "bob", "--password-stdin"], ["doctor"],
            ["database", "upgrade"], ["keys", "rotate"]]
FOLDERS, FILES = [0o700, 0o500, 0o100, 0], [0o600, 0o400, 0o200, 0, None]
template, user = sys.argv[1], int(sys.argv[2])
owners = [user, 0] if os.geteuid() == 0 else [user]

def invoke(words, file):
    env = {"REMINT_SECRET": "CANARY-q8K2fVb6XzN0mJ4hTgY1sDc7RwE9uLpA",
           "REMINT_DATABASE_URL": "sqlite+aiosqlite:///" + file}
    return CliRunner().invoke(main, words, input=b"correct horse 1", env=env)

def run(words, folder_mode, file_mode, owner):
    with tempfile.TemporaryDirectory() as outer:
        folder = os.path.join(outer, "var")
        os.mkdir(folder)
        file = os.path.join(folder, "remint.db")
        if file_mode is not None:
            shutil.copy(template, file)
            os.chmod(file, file_mode)
        os.chmod(folder, folder_mode)
        if os.geteuid() == 0:
            os.chmod(outer, 0o755)
            for path in [folder, file] if file_mode is not None else [folder]:
                os.chown(path, owner, -1)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.setuid(user)
            result = invoke(words, file)
            crash = result.exception
            if isinstance(crash, SystemExit):
                crash = None
            said = result.output + result.stderr + ("Traceback " + repr(crash) if crash else "")
            os.write(writing, json.dumps([said[:30000], result.exit_code]).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            outcome = json.load(pipe)
        os.waitpid(child, 0)
        os.chmod(folder, 0o700)
        return outcome

for words in COMMANDS:  # loads every module, which the other user perhaps cannot read
    invoke(words, os.path.join(os.path.dirname(template), "warm", "remint.db"))
    invoke(words, os.path.dirname(template))
trials = itertools.product(COMMANDS, FOLDERS, FILES, owners)
print(json.dumps([[trial, *run(*trial)] for trial in trials]))
"""


def test_no_rights_leave_a_command_without_a_sentence(sqlite_template: Path) -> None:
    """Every combination of a folder's and a file's mode and owner, as a user that is not root."""
    user = unprivileged().get("user", os.geteuid())
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        template = shutil.copy(sqlite_template, Path(folder) / "template.db")
        done = subprocess.run(
            [sys.executable, "-c", WITH_RIGHTS, template, str(user)],
            cwd=ROOT,
            env=environment({}),
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
    outcomes = json.loads(done.stdout)
    assert len(outcomes) >= 100
    for trial, said, code in outcomes:
        assert code == 0 or "Error: " in said or "failed" in said, (trial, said)
        judge(said, code)
    assert {code for _, _, code in outcomes} >= {0, 2}


@pytest.mark.parametrize(
    "words", [("users", "add", "bob", "--password-stdin"), ("sessions", "explain")]
)
def test_a_closed_standard_input_is_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *REMINT, *words],
        cwd=tmp_path,
        env=environment({"REMINT_SECRET": CANARY}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, "Standard input is closed" in done.stderr) == (2, True)
    judge(done.stdout + done.stderr, done.returncode)
