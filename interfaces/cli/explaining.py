"""Owns the words for a decision: what a refresh token would meet, and why."""

from application.explain_refresh_token import Explanation
from domain.decision_table import Advance, Continue, Decision, End, Refuse, Rule
from interfaces.causes import CAUSES
from interfaces.cli.printing import Record

RULES = {
    Rule.REUSABLE: "The session is reusable: the same token serves for its whole life.",
    Rule.BURST: "The token is current, and so new that a burst of requests shares it.",
    Rule.ROTATION: "The token is current: the next one supersedes it.",
    Rule.GRACE: "The token was superseded a moment ago: the answer carries the current one.",
    Rule.RECOVERY: (
        "The token was superseded, and its successor was never used: the client lost the answer, "
        "or a thief is at work. The token recovers the session; the skipped successor would end it."
    ),
    Rule.REUSE: "The token was superseded before and is presented again: the session ends.",
    Rule.LOST_ROTATION: (
        "The token is newer than its row: the database lost a rotation. Nobody is logged out."
    ),
}
"""Why a rule continues a session, or ends it."""

UNRECOGNIZED = "No stored session belongs to this token."
"""What the answers over HTTP do not reveal."""


def explained(explanation: Explanation) -> str:
    """A sentence or two for people."""
    decision = explanation.decision
    return f"Rule {decision.rule}: {_outcome(decision)}. {why(decision)}"


def explanation_record(explanation: Explanation) -> Record:
    """The same for programs."""
    decision, found = explanation.decision, explanation.found
    return {
        "rule": decision.rule.value,
        "outcome": _outcome(decision),
        "cause": decision.cause.value if isinstance(decision, Refuse | End) else None,
        "endsSession": isinstance(decision, End),
        "session": str(found.session.id) if found else None,
        "generation": explanation.generation,
        "storedGeneration": found.session.generation if found else None,
        "at": explanation.at,
        "why": why(decision),
    }


def why(decision: Decision) -> str:
    """The reason in words."""
    match decision:
        case Refuse(cause=cause):
            return CAUSES.get(cause, UNRECOGNIZED)
        case _:
            return RULES[decision.rule]


def _outcome(decision: Decision) -> str:
    match decision:
        case Continue():
            return "continues"
        case Advance():
            return "continues with a new token"
        case Refuse() | End():
            return "refused"
