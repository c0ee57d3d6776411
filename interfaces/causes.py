"""Owns the sentences for the causes of a refusal, for every interface."""

from domain.causes import RefusalCause

CAUSES = {
    RefusalCause.REVOKED: "The session was ended.",
    RefusalCause.REUSED: "The session was ended because a superseded refresh token was presented.",
    RefusalCause.REPLACED: "The session was ended by a newer log-in at the limit of sessions.",
    RefusalCause.EXPIRED: "The session is past its absolute expiry.",
    RefusalCause.IDLE: "The session was unused for too long.",
    RefusalCause.USER_GONE: "The user does not exist any more.",
    RefusalCause.USER_DISABLED: "The user is disabled, or was after the session was opened.",
    RefusalCause.CREDENTIALS_CHANGED: "The credentials changed after the session was opened.",
    RefusalCause.LOGGED_OUT_EVERYWHERE: "The user was logged out everywhere.",
    RefusalCause.CLIENT_DISABLED: "The client of the session was disabled or deleted.",
    RefusalCause.INVALID_CLIENT: "The client of the session did not prove who it is.",
}
"""Safe to publish. UNRECOGNIZED has none: a token that is not authentic learns nothing."""
