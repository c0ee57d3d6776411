"""Debian's packages are unpacked once, whole, and whatever is missing is said."""

import subprocess
import sys
from pathlib import Path

import pytest

from testing import packages

UNPACK = """
import sys, time
from pathlib import Path
from testing import packages

def download(package, folder):
    with open(sys.argv[1], "a") as log:
        log.write("downloaded\\n")
    time.sleep(0.2)
    return [folder / "one.deb"]

def run(command, folder):
    (Path(command[-1]) / "usr/bin").mkdir(parents=True)
    (Path(command[-1]) / "usr/bin/prog").touch()

packages._download, packages._run = download, run
print(packages.unpacked("prog").find("usr/bin/prog"))
"""


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "remint-tests"


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_two_that_need_a_package_at_once_unpack_it_once(cache_folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", UNPACK, str(log)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [each.communicate(timeout=30)[0].strip() for each in both]
    assert told == [str(cache_folder / "prog/usr/bin/prog")] * 2
    assert log.read_text() == "downloaded\n"


def test_a_package_that_lacks_the_program_is_named(
    cache_folder: Path, empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(packages.PACKAGES, "no-such-program", "some-package")
    (cache_folder / "some-package").mkdir(parents=True)
    with pytest.raises(RuntimeError, match=r"some-package has no usr/\*bin/no-such-program"):
        packages.program("no-such-program")


def test_a_machine_without_apt_is_told_what_to_put_on_path(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(packages.PACKAGES, "no-such-program", "other-package")
    with pytest.raises(RuntimeError, match=r"other-package is not installed.*put it on PATH"):
        packages.program("no-such-program")


def test_libraries_of_the_root_folder_and_of_usr_are_found(cache_folder: Path) -> None:
    folders = [cache_folder / "prog" / where / "x86_64-linux-gnu" for where in ("lib", "usr/lib")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "libsome.so.1").touch()
    found = packages.unpacked("prog").env["LD_LIBRARY_PATH"].split(":")
    assert found == [str(folder) for folder in folders]
