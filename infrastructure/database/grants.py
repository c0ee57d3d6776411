"""Owns how a session's grant is written in one column, as a JSON object of what it has."""

import json
from dataclasses import fields
from datetime import datetime
from functools import lru_cache

from domain.grants import EMPTY, Grant

_DEFAULTS = {field.name: getattr(EMPTY, field.name) for field in fields(Grant)}


def write_grant(grant: Grant) -> str:
    """Only what differs from the empty grant."""
    return json.dumps(
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, default in _DEFAULTS.items()
            if (value := getattr(grant, name)) != default
        }
    )


@lru_cache(maxsize=1024)
def read_grant(text: str) -> Grant:
    """What `write_grant` wrote."""
    values = json.loads(text)
    for name in ("audience", "scope", "amr"):
        if name in values:
            values[name] = tuple(values[name])
    if "authenticated_at" in values:
        values["authenticated_at"] = datetime.fromisoformat(values["authenticated_at"])
    return Grant(**values)
