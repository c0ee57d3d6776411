"""Owns which roles a user can have."""

import json
import unicodedata

from domain.bounds import LONGEST_ROLE, MOST_BYTES_OF_ROLES
from domain.errors import InvalidRoles

_UNFIT = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"})


def new_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    """The roles of a user, unchanged.

    Raises:
        InvalidRoles: a role is empty, too long, begins or ends with a blank, has an invisible
            character or is there twice; or all roles together are too long.
    """
    if not all(map(_is_role, roles)) or len(set(roles)) < len(roles):
        raise InvalidRoles
    if len(json.dumps(roles, ensure_ascii=False).encode()) > MOST_BYTES_OF_ROLES:
        raise InvalidRoles
    return roles


def _is_role(text: str) -> bool:
    is_fit = not any(unicodedata.category(character) in _UNFIT for character in text)
    return is_fit and 1 <= len(text) <= LONGEST_ROLE and text == text.strip()
