"""Python loads this file at the start of every server and command that tests start.

Litestar and dependency-injector load other frameworks wherever they are installed. Only development
installs them, so an image does not have them, and their import doubles the time of a start.
"""

import sys
from importlib.machinery import ModuleSpec

ABSENT = {"fastapi", "flask", "pydantic", "pydantic_settings", "starlette", "werkzeug"}


class AsInstalled:
    """Finds none of these modules."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if name in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


sys.meta_path.insert(0, AsInstalled)
