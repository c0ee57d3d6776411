"""Running what refuses to run as root, on machines where the tests run as root."""

import os
import pwd
import shutil
from functools import cache
from pathlib import Path
from typing import TypedDict


class Identity(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that choose the child's user; none keeps this user."""

    user: int
    group: int
    extra_groups: list[int]


@cache
def unprivileged() -> Identity:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def hand_over(path: Path) -> None:
    """Let the unprivileged user own `path`."""
    identity = unprivileged()
    if identity:
        shutil.chown(path, identity["user"], identity["group"])


def is_open_to_everyone(path: Path) -> bool:
    """Whether any user can reach `path` and read it; a checkout in root's home is not."""
    wanted = 0o5
    return all(folder.stat().st_mode & wanted == wanted for folder in (path, *path.parents))
