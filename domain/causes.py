"""The one vocabulary of causes, shared by answers, audit events and metrics."""

from enum import StrEnum


class EndCause(StrEnum):
    """Why a session was ended for good; stored with it."""

    REVOKED = "sessionRevoked"
    """Its owner, the presenter of one of its tokens, or an operator ended it."""
    REUSED = "refreshTokenReused"
    """A superseded refresh token was presented: reuse detection, RFC 9700 section 4.14.2."""
    REPLACED = "sessionReplaced"
    """A newer log-in took its place at the limit of sessions per user."""


class RefusalCause(StrEnum):
    """Why a refresh token does not continue its session.

    The answer to the presenter names every cause but UNRECOGNIZED: with all the others the token
    was authentic.
    """

    UNRECOGNIZED = "unrecognized"
    INVALID_CLIENT = "invalidClient"
    REVOKED = EndCause.REVOKED.value
    REUSED = EndCause.REUSED.value
    REPLACED = EndCause.REPLACED.value
    EXPIRED = "sessionExpired"
    IDLE = "sessionIdle"
    USER_GONE = "userNotFound"
    USER_DISABLED = "userDisabled"
    CREDENTIALS_CHANGED = "credentialsChanged"
    LOGGED_OUT_EVERYWHERE = "loggedOutEverywhere"
    CLIENT_DISABLED = "clientDisabled"


class RevocationCause(StrEnum):
    """Why services refuse JWTs that have not expired."""

    SESSION_REVOKED = EndCause.REVOKED.value
    REUSED = EndCause.REUSED.value
    REPLACED = EndCause.REPLACED.value
    USER_GONE = RefusalCause.USER_GONE.value
    USER_DISABLED = RefusalCause.USER_DISABLED.value
    CREDENTIALS_CHANGED = RefusalCause.CREDENTIALS_CHANGED.value
    LOGGED_OUT_EVERYWHERE = RefusalCause.LOGGED_OUT_EVERYWHERE.value
    CLIENT_DISABLED = RefusalCause.CLIENT_DISABLED.value
    CLAIMS_CHANGED = "claimsChanged"
    """The user's roles or custom claims changed; nobody is logged out."""
    KEY_REMOVED = "signingKeyRemoved"


class TokenFlaw(StrEnum):
    """Why a text is no authentic refresh token; for operators, never for the answer."""

    MALFORMED = "malformed"
    WRONG_MAC = "wrongMac"
    UNLISTED_SECRET = "unlistedServerSecret"  # noqa: S105 - a flaw


class LoginFailure(StrEnum):
    """Why a log-in failed; for the audit trail and metrics, never for the answer."""

    UNKNOWN_USER = "unknownUser"
    WRONG_PASSWORD = "wrongPassword"  # noqa: S105 - a cause
    USER_DISABLED = "userDisabled"
    THROTTLED = "throttled"
    TOO_MANY_SESSIONS = "tooManySessions"


class AssertionFlaw(StrEnum):
    """Why an assertion proves nothing; for operators, not for the answer."""

    MALFORMED = "malformed"
    """No compact JWT, of another type, or without a claim that it needs."""
    UNKNOWN_ISSUER = "unknownIssuer"
    UNKNOWN_KEY = "unknownKey"
    """No key of the issuer has that `kid` and fits the algorithm."""
    WRONG_SIGNATURE = "wrongSignature"
    WRONG_ISSUER = "wrongIssuer"
    WRONG_SUBJECT = "wrongSubject"
    WRONG_AUDIENCE = "wrongAudience"
    WRONG_CLIENT = "wrongClient"
    EXPIRED = "expired"
    VALID_TOO_LONG = "validTooLong"
    NOT_YET_VALID = "notYetValid"
    TOO_OLD = "tooOld"
    WITHOUT_ID = "withoutId"
    REPLAYED = "replayed"


class ProofFlaw(StrEnum):
    """Why a proof of possession is not accepted (RFC 9449 section 4.3)."""

    MISSING = "missing"
    MALFORMED = "malformed"
    """Two headers, no compact JWT, of another type, without a claim, or with an unfit key."""
    WRONG_SIGNATURE = "wrongSignature"
    WRONG_METHOD = "wrongMethod"
    WRONG_ADDRESS = "wrongAddress"
    WRONG_KEY = "wrongKey"
    WRONG_TOKEN = "wrongToken"  # noqa: S105 - a flaw
    EXPIRED = "expired"
    NOT_YET_VALID = "notYetValid"
    NONCE_NEEDED = "nonceNeeded"
    REPLAYED = "replayed"


UNVERIFIED = frozenset(
    {
        AssertionFlaw.MALFORMED,
        AssertionFlaw.UNKNOWN_ISSUER,
        AssertionFlaw.UNKNOWN_KEY,
        AssertionFlaw.WRONG_SIGNATURE,
    }
)
"""The flaws that are found before the signature is verified, or by that."""


class ClaimsFault(StrEnum):
    """Why no JWT can have the custom claims."""

    NOT_AN_OBJECT = "notAnObject"
    """Not a JSON object, or one with a name twice, nested too deep, or with broken Unicode."""
    TOO_LONG = "tooLong"
    REGISTERED_NAME = "registeredName"
