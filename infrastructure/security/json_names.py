"""Owns that no name is in a JSON object twice (RFC 7519 section 4)."""

import json
from typing import Any


def require_unique_names(text: bytes) -> None:
    """Refuse JSON in which two members of one object share a name.

    Raises:
        ValueError: a name is there twice, or the text is no JSON.
        RecursionError: it is nested too deep.
    """
    json.loads(text, object_pairs_hook=refuse_repeated_names)


def refuse_repeated_names(members: list[tuple[str, Any]]) -> None:
    """Refuse an object that has two members of one name."""
    if len({name for name, _ in members}) < len(members):
        raise ValueError("a name is there twice")
