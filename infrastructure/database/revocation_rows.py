"""Owns how a revocation is written and read back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert

from domain.revocations import Revocation
from infrastructure.database.tables import revocations

FIELDS = ("named", "value", "cause", "at")

TELL = insert(revocations).values({name: bindparam(name) for name in FIELDS})
"""Part of the transaction that does what the revocation tells of."""


def revocation_row(revocation: Revocation) -> dict[str, Any]:
    """The values of TELL."""
    return {
        "named": revocation.by,
        "value": revocation.value,
        "cause": revocation.cause,
        "at": revocation.at,
    }


def revocation_of(fields: Sequence[Any]) -> Revocation:
    """The revocation that a row has under FIELDS."""
    return Revocation(*fields)
