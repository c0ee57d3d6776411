"""The systemd unit: understood by systemd, hardened by its own count, and not too hard to run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testing.packages import program

UNIT = Path(__file__).parents[3] / "deploy/systemd/remint.service"
EXPOSURE_AT_MOST = 1.5
"""Of 10, which is no protection at all."""
TOO_OLD = "too old\n"
WITHOUT_WRITABLE_CODE = """
import ctypes
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
if ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
    raise SystemExit(print("too old"))
import argon2, asyncpg, httptools, uvicorn, uvloop
import config.wiring.container
uvloop.new_event_loop().close()
argon2.PasswordHasher().hash("x")
print("hashed")
"""


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    tool = program("systemd-analyze")
    # Where systemd is unpacked and not installed, it finds the system's units next to itself.
    units = f"{tool.path.parents[2]}/lib/systemd/system:"
    return subprocess.run(
        [tool.path, "--no-pager", *words],
        env=os.environ | tool.env | {"SYSTEMD_UNIT_PATH": units},
        capture_output=True,
        text=True,
        check=False,
    )


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    unit = tmp_path / "remint.service"
    # Only the program is elsewhere: systemd looks whether it is there.
    here = f"{Path(sys.executable).parent}/remint"
    unit.write_text(UNIT.read_text().replace("/opt/remint/.venv/bin/remint", here))
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_counts_little_exposure() -> None:
    limit = str(int(EXPOSURE_AT_MOST * 10))
    done = analyze("security", "--offline=true", f"--threshold={limit}", UNIT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_core_dump_holds_the_server_secret() -> None:
    assert "LimitCORE=0" in UNIT.read_text().splitlines()


@pytest.mark.slow
def test_the_service_runs_without_memory_that_is_writable_and_code() -> None:
    """The unit's MemoryDenyWriteExecute, by the kernel's own means, on what serves requests."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_WRITABLE_CODE], capture_output=True, text=True, check=False
    )
    if done.stdout == TOO_OLD:
        pytest.skip("this kernel is older than Linux 6.3 and cannot forbid it to one process")
    assert done.stdout == "hashed\n", done.stderr


AS_SERVICE = UNIT.with_name("remint-as-service")
RUNS_WHAT_IT_IS_GIVEN = """#!/bin/sh
for word do
    shift
    case $word in
        --property=*) echo "${word#--property=}" >> "$PROPERTIES" ;;
        --setenv=*) export "${word#--setenv=}" ;;
        --*) ;;
        *) set -- "$word" "$@"; exec "$@" ;;
    esac
done
"""
"""In place of `systemd-run`, which needs a running systemd: notes properties and runs the rest."""
TELLS = '#!/bin/sh\necho "$REMINT_DATABASE_URL"; echo "$REMINT_SECRET_FILE"; echo "$#: $*"\n'
"""In place of `remint`."""


def ran_beside_the_service(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    for name, text in (("systemd-run", RUNS_WHAT_IT_IS_GIVEN), ("remint", TELLS)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    script = folder / "remint-as-service"
    here = AS_SERVICE.read_text().replace("/opt/remint/.venv/bin/remint", f"{folder}/remint")
    script.write_text(here)
    return subprocess.run(
        ["sh", script, *words],
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PROPERTIES": str(folder / "properties"),
            "CREDENTIALS_DIRECTORY": "/run/credentials",
        },
        capture_output=True,
        text=True,
        check=True,
    )


def test_a_command_beside_the_service_has_its_words_and_its_settings(tmp_path: Path) -> None:
    done = ran_beside_the_service(tmp_path, "users", "add", "alice smith")
    [url, secret, words] = done.stdout.splitlines()
    assert words == "3: users add alice smith"
    assert secret == "/run/credentials/secret"
    assert f"REMINT_DATABASE_URL={url} " in UNIT.read_text()


def test_a_command_beside_the_service_has_its_user_folder_and_secret(tmp_path: Path) -> None:
    """Each property is the unit's own; the unit gets its user's name from its file's."""
    ran_beside_the_service(tmp_path, "users", "list")
    properties = set((tmp_path / "properties").read_text().splitlines())
    assert properties - set(UNIT.read_text().splitlines()) == {f"User={UNIT.stem}"}
    assert {"DynamicUser=yes", "LoadCredential=secret:/etc/remint/server.secret"} <= properties


def test_systemd_understands_every_property_of_a_command_beside_the_service(tmp_path: Path) -> None:
    ran_beside_the_service(tmp_path, "users", "list")
    properties = (tmp_path / "properties").read_text()
    unit = tmp_path / "command.service"
    unit.write_text(f"[Service]\nType=oneshot\nExecStart={sys.executable}\n{properties}")
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")
