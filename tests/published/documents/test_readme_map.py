"""The map of the house in the README is what `ls` shows."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_folder_of_the_repository_is_on_the_map_and_no_other() -> None:
    house = (ROOT / "README.md").read_text(encoding="utf-8").partition("## The house")[2]
    on_the_map = re.findall(r"^(\w+)/  ", house, re.MULTILINE)
    command = ["git", "ls-files"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    folders = {name.partition("/")[0] for name in files.stdout.splitlines() if "/" in name}
    assert sorted(on_the_map) == sorted(name for name in folders if not name.startswith("."))
