"""Owns the words for the decision table: what a refresh token would meet, and why."""

from application.explain_refresh_token import Explanation
from domain.causes import Refusal
from domain.decision_table import Advance, Continue, Refuse, Rule
from interfaces.cli.printing import Record

WHY = {
    Rule.UNRECOGNIZED: "No session is stored that this token belongs to.",
    Rule.ENDED: "The session was ended.",
    Rule.EXPIRED: "The session has expired.",
    Rule.OWNER: "The user cannot continue this session.",
    Rule.REUSABLE: "The session is reusable: the same token serves for its whole life.",
    Rule.BURST: "The token is current, and so new that a burst of requests shares it.",
    Rule.ROTATION: "The token is current: it is superseded by the next one.",
    Rule.GRACE: "The token was superseded a moment ago: it is answered with the current one.",
    Rule.RECOVERY: (
        "The token was superseded, and nobody has used its successor: its answer was lost, or a "
        "thief is at work. It may recover; whoever holds the skipped successor ends the session."
    ),
    Rule.REUSE: "A superseded token was presented again: the session ends.",
    Rule.LOST_ROTATION: (
        "The token is ahead of what is stored: the database has lost a rotation. Nobody is logged "
        "out for it."
    ),
}
_CAUSES = {
    Refusal.IDLE: "The session was unused for too long.",
    Refusal.REUSED: "The session was ended because a superseded token was presented again.",
    Refusal.REPLACED: "The session was ended by a newer log-in at the limit of sessions.",
    Refusal.USER_GONE: "The user does not exist any more.",
    Refusal.USER_DISABLED: "The user is disabled.",
    Refusal.CREDENTIALS_CHANGED: "The password was changed, or the user logged out everywhere.",
}


def explained(explanation: Explanation) -> str:
    """A sentence or two for people."""
    decision = explanation.decision
    return f"Rule {decision.rule}: {_outcome(explanation)}. {_why(explanation)}"


def explanation_record(explanation: Explanation) -> Record:
    """The same for programs."""
    decision, found = explanation.decision, explanation.found
    return {
        "rule": decision.rule.value,
        "outcome": _outcome(explanation),
        "cause": decision.cause.value if isinstance(decision, Refuse) else None,
        "endsSession": isinstance(decision, Refuse) and decision.ends,
        "session": str(found.session.id) if found else None,
        "generation": explanation.generation,
        "storedGeneration": found.session.generation if found else None,
        "at": explanation.at,
        "why": _why(explanation),
    }


def _outcome(explanation: Explanation) -> str:
    match explanation.decision:
        case Continue():
            return "continues"
        case Advance():
            return "continues with a new token"
        case Refuse():
            return "refused"


def _why(explanation: Explanation) -> str:
    decision = explanation.decision
    if isinstance(decision, Refuse) and decision.rule is not Rule.REUSE:
        return _CAUSES.get(decision.cause, WHY[decision.rule])
    return WHY[decision.rule]
