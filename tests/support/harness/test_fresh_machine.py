"""`make fresh-machine` says what it needs where that is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".ci/fresh-machine"
MISSING = {True: "debootstrap is missing: apt-get install debootstrap", False: "needs root"}


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    for name in ("bash", "dirname", "id"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    return str(tmp_path)


def test_what_is_missing_is_said_before_anything_is_made(bare_path: str) -> None:
    done = subprocess.run(
        [SCRIPT], env={"PATH": bare_path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert MISSING[os.geteuid() == 0] in done.stderr
