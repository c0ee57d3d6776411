"""Owns the name by which the audit trail knows the operator at the shell."""

import os
import pwd

from domain.actors import Actor


def operator() -> Actor:
    """The operating system's user; for root by way of sudo, the user that called sudo.

    The process's own user id decides, not the environment: anybody can set a variable. Only root's
    SUDO_USER is believed, because root could act under any name anyway.
    """
    called_sudo = os.environ.get("SUDO_USER") if os.getuid() == 0 else None
    return Actor.operator(called_sudo or _login_name(os.getuid()))


def _login_name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:  # containers run under ids that no file names
        return str(user_id)
