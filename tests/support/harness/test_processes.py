"""Children of the tests say what they print, die when told to, and leave nothing running."""

import signal
import sys
from pathlib import Path

import psutil
import pytest

from testing.processes import Process
from testing.waiting import free_port, wait_until

PARENT_AND_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def python(code: str, folder: Path, *arguments: str) -> Process:
    return Process([sys.executable, "-c", code, *arguments], logs=folder, name="child")


def a_family(folder: Path) -> tuple[Process, psutil.Process]:
    parent = python(PARENT_AND_CHILD, folder)
    parent.wait_for(lambda: parent.stdout.endswith("\n"), "the child's number")
    return parent, psutil.Process(int(parent.stdout))


def is_running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_output_can_be_read_while_the_child_runs(tmp_path: Path) -> None:
    code = (
        "import sys, time; print('out', flush=True); print('err', file=sys.stderr); time.sleep(60)"
    )
    with python(code, tmp_path) as child:
        child.wait_for(lambda: child.output == "out\nerr\n", "both lines")
        assert child.exit_code is None
    assert child.exit_code == -signal.SIGTERM


def test_a_kill_takes_the_grandchildren_along(tmp_path: Path) -> None:
    parent, child = a_family(tmp_path)
    parent.kill()
    assert parent.exit_code == -signal.SIGKILL
    assert not is_running(child)


def test_a_pause_freezes_the_family_and_a_resume_thaws_it(tmp_path: Path) -> None:
    parent, child = a_family(tmp_path)
    parent.pause()
    wait_until(lambda: child.status() == psutil.STATUS_STOPPED, "the child's freezing")
    parent.resume()
    wait_until(lambda: child.status() != psutil.STATUS_STOPPED, "the child's thaw")
    parent.end()


def test_ending_leaves_no_grandchild_even_of_a_frozen_family(tmp_path: Path) -> None:
    parent, child = a_family(tmp_path)
    parent.pause()
    parent.end()
    assert parent.exit_code is not None
    assert not is_running(child)


def test_a_child_that_dies_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with (
        python("raise SystemExit('no secret')", tmp_path) as child,
        pytest.raises(ChildProcessError, match="exited 1:\nno secret"),
    ):
        child.wait_for_ok(f"http://127.0.0.1:{free_port()}/health/ready")


def test_waiting_ends_when_a_url_answers_200(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with Process(command, logs=tmp_path, name="files", cwd=tmp_path) as server:
        server.wait_for_ok(f"http://127.0.0.1:{port}/")
        assert "GET / HTTP/1.1" in server.output
