"""Owns the sentences for the causes of a refusal, for every interface."""

from domain.causes import Refusal

CAUSES = {
    Refusal.REVOKED: "The session was ended.",
    Refusal.REUSED: "The session was ended because a superseded refresh token was presented.",
    Refusal.REPLACED: "The session was ended by a newer log-in at the limit of sessions.",
    Refusal.EXPIRED: "The session is past its absolute expiry.",
    Refusal.IDLE: "The session was unused for too long.",
    Refusal.USER_GONE: "The user does not exist.",
    Refusal.USER_DISABLED: "The user is disabled.",
    Refusal.CREDENTIALS_CHANGED: "The user's credentials changed after the session was opened.",
}
"""Safe to publish. UNRECOGNIZED has none: a token that is not authentic learns nothing."""
