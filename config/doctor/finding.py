"""Owns what a finding is."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thing, and what to do; no advice where nothing is to be done."""

    about: str
    state: State
    says: str
    advice: str = ""
