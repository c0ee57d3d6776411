"""Owns the form of a finding."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one examination; `advice` is empty if there is nothing to do."""

    about: str
    state: State
    says: str
    advice: str = ""
