"""Everything that can go wrong, in the product's own words; HTTP is unknown here."""

from datetime import timedelta

from domain.bounds import (
    LONGEST_PASSWORD,
    LONGEST_ROLE,
    LONGEST_SUBJECT,
    LONGEST_USERNAME,
    MOST_BYTES_OF_CLAIMS,
    MOST_BYTES_OF_ROLES,
    MOST_SESSIONS,
    SHORTEST_PASSWORD,
)
from domain.causes import UNVERIFIED, AssertionFlaw, ClaimsFault, ProofFlaw, RefusalCause, TokenFlaw


class RemintError(Exception):
    """The family of errors that this product raises on purpose. The text is safe to show."""


class InvalidRefreshToken(RemintError):
    """A refresh token that does not continue a session.

    The answer to the presenter is the same for every cause. The answer names the cause only if the
    token was authentic, which is every cause but UNRECOGNIZED. A token that is not authentic has a
    flaw, which no answer names.
    """

    def __init__(self, cause: RefusalCause, flaw: TokenFlaw | None = None) -> None:
        super().__init__("The refresh token is invalid.")
        self.cause = cause
        self.flaw = flaw


class UserNotFound(RemintError):
    """No user has that name, or the owner of a live session was deleted."""

    def __init__(self) -> None:
        super().__init__("The user does not exist.")


class InvalidClient(RemintError):
    """The credentials of a client are missing or wrong, or are those of another client."""

    def __init__(self, told: str = "The client did not prove who it is.") -> None:
        super().__init__(told)


class ForeignToken(InvalidClient):
    """The token is another client's than the one that the request names."""

    def __init__(self) -> None:
        super().__init__("The session is of another client.")


class OutsideGrant(RemintError):
    """A refresh asks for a JWT with a scope or an audience that the session does not have."""

    def __init__(self, part: str) -> None:
        """`part` is what was asked for: `scope` or `resource`."""
        super().__init__("The session does not have that scope or resource.")
        self.part = part


def refusal(cause: RefusalCause) -> InvalidRefreshToken | UserNotFound | InvalidClient:
    """The error that tells a presenter why the refresh token continues nothing."""
    match cause:
        case RefusalCause.USER_GONE:
            return UserNotFound()
        case RefusalCause.INVALID_CLIENT:
            return InvalidClient()
    return InvalidRefreshToken(cause)


class SessionNotFound(RemintError):
    """No session has that id, or the session is another user's."""

    def __init__(self) -> None:
        super().__init__("The session does not exist.")


class SigningKeyNotFound(RemintError):
    """No signing key has that id."""

    def __init__(self) -> None:
        super().__init__("The signing key does not exist.")


class InvalidCredentials(RemintError):
    """The one answer to every failed log-in, whatever the reason."""

    def __init__(self) -> None:
        super().__init__("The username or password is not correct.")


class WrongPassword(RemintError):
    """A signed-in user gave a wrong old password, or tried too often."""

    def __init__(self) -> None:
        super().__init__("The old password is not correct.")


class InvalidAccessToken(RemintError):
    """A bearer JWT that Remint did not sign or that is not for Remint, or whose session is over."""

    def __init__(self) -> None:
        super().__init__("The access token is invalid.")


class TooManyLogins(RemintError):
    """Too many failed log-ins from one source."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many failed log-ins. Try again later.")
        self.retry_after = retry_after


class TooManySessions(RemintError):
    """The user has as many sessions as allowed, and the settings refuse one more."""

    def __init__(self) -> None:
        super().__init__("The user already has as many sessions as allowed.")


class Unavailable(RemintError):
    """Nothing is wrong with the request: repeat it unchanged after `retry_after`."""

    def __init__(
        self,
        reason: str,
        retry_after: timedelta = timedelta(seconds=1),
        *,
        explanation: str = "",
        code: str = "",
    ) -> None:
        """Say why, in the words that each reader can have.

        Args:
            reason: a word for programs.
            retry_after: when to repeat.
            explanation: a sentence or two for operators, which names hosts, roles and files. No
                client gets it.
            code: the word of the database's driver for the same failure, such as `28P01`.
        """
        super().__init__("The service is busy or cannot reach its database. Try again.")
        self.reason = reason
        self.retry_after = retry_after
        self.explanation = explanation
        self.code = code

    def again(self) -> "Unavailable":
        """The same failure for another caller, without this one's traceback."""
        return type(self)(
            self.reason, self.retry_after, explanation=self.explanation, code=self.code
        )


class Misconfigured(Unavailable):
    """The failure does not pass by itself: an operator must act, as `explanation` says.

    At the start of a server or a command that ends the process. While a server runs, its clients
    get the same answer as in an outage, because nothing is wrong with their requests.
    """


class UsernameTaken(RemintError):
    """Another user has that name."""

    def __init__(self) -> None:
        super().__init__("The username is taken.")


class InvalidUsername(RemintError):
    """No user can have that name."""

    def __init__(self) -> None:
        super().__init__(
            f"A username has 1 to {LONGEST_USERNAME} characters, not all blank, none of them "
            "invisible."
        )


class InvalidPassword(RemintError):
    """No account can have that password."""

    def __init__(self) -> None:
        super().__init__(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, and none of "
            "them is a control character."
        )


class InvalidRoles(RemintError):
    """No user can have these roles."""

    def __init__(self) -> None:
        super().__init__(
            f"A role has 1 to {LONGEST_ROLE} characters, none of them invisible, and no blank at "
            "its ends. Each role is given once, and all roles together have at most "
            f"{MOST_BYTES_OF_ROLES} bytes."
        )


class SubjectTaken(RemintError):
    """Another user has that subject."""

    def __init__(self) -> None:
        super().__init__("The subject is taken.")


class InvalidSubject(RemintError):
    """No user can have that subject."""

    def __init__(self) -> None:
        super().__init__(
            f"A subject has 1 to {LONGEST_SUBJECT} printable ASCII characters, none of them a "
            "blank or a slash."
        )


class AmbiguousUser(RemintError):
    """The text is the name of one user and the subject of another."""

    def __init__(self) -> None:
        super().__init__("One user has that name, and another has that subject.")


class InvalidClaims(RemintError):
    """No JWT can have these custom claims."""

    def __init__(self, fault: ClaimsFault) -> None:
        super().__init__(
            f"Custom claims are a JSON object of at most {MOST_BYTES_OF_CLAIMS} bytes, without the "
            "names that are registered for JWTs."
        )
        self.fault = fault


class ClientNotFound(RemintError):
    """No client has that id."""

    def __init__(self) -> None:
        super().__init__("The client does not exist.")


class ClientIsDisabled(ClientNotFound):
    """The client can hold no new session: an operator disabled it."""

    def __init__(self) -> None:
        RemintError.__init__(self, "The client is disabled.")


class ClientIdTaken(RemintError):
    """Another client has that id."""

    def __init__(self) -> None:
        super().__init__("The client id is taken.")


class InvalidClientId(RemintError):
    """No client can have that id."""

    def __init__(self) -> None:
        super().__init__(
            "A client id has 1 to 64 characters, each a lower-case letter, a digit, a dot, a "
            "hyphen or an underscore, and the first a letter or a digit."
        )


class ClientIsBuiltIn(RemintError):
    """The id is that of the built-in client, which has no row and follows the settings."""

    def __init__(self) -> None:
        super().__init__("The client id is that of the built-in client.")


class ClientSecretConflict(RemintError):
    """The secrets of a client cannot be changed like this; the text says why."""


class InvalidClientTerms(RemintError):
    """No client can have these terms; `part` names the one at fault."""

    def __init__(self, part: str) -> None:
        super().__init__(_TERMS[part])
        self.part = part


_TERMS = {
    "may": "A public client cannot prove who it is, so it has no permissions.",
    "audiences": "An audience has 1 to 128 printable ASCII characters, none of them a blank, a "
    "quotation mark or a backslash. Each audience is given once.",
    "scopes": "A scope has 1 to 128 printable ASCII characters, none of them a blank, a quotation "
    "mark or a backslash. Each scope is given once.",
    "lifetime": "A lifetime is at least 1 second and at most 3650 days, in whole seconds.",
    "idle": "An idle timeout is at least twice as long as a JWT is valid, and at most 3650 days, "
    "in whole seconds.",
    "session_limit": f"A session limit is a number from 1 to {MOST_SESSIONS}.",
}
"""What each part of a client's terms needs."""


class InvalidAssertion(RemintError):
    """The assertion proves nothing; `flaw` says why, for operators."""

    def __init__(self, flaw: AssertionFlaw) -> None:
        super().__init__("The assertion is not valid.")
        self.flaw = flaw

    @property
    def is_authentic(self) -> bool:
        """Whether a trusted key signed the assertion; only then an answer names the flaw."""
        return self.flaw not in UNVERIFIED


class InvalidProof(RemintError):
    """The request does not prove that it has the key; `flaw` says why. Nothing was changed.

    `nonce` is the one to use in the next proof, where the flaw is that the proof needs one.
    """

    def __init__(self, flaw: ProofFlaw, nonce: str | None = None) -> None:
        super().__init__("The proof of possession is missing or not valid.")
        self.flaw = flaw
        self.nonce = nonce


class InvalidKeySource(RemintError):
    """No keys come from there; `part` is `url` or `jwks`."""

    def __init__(self, part: str) -> None:
        super().__init__(_KEY_SOURCES[part])
        self.part = part


_KEY_SOURCES = {
    "url": "A key set is published under an https URL without credentials and fragment. On this "
    "machine http is enough.",
    "jwks": "A key set is a JSON object with public keys for signatures, each of a known kind and "
    "strong enough, and no private keys.",
}


class TrustedIssuerNotFound(RemintError):
    """No trusted issuer has that name."""

    def __init__(self) -> None:
        super().__init__("The issuer is not trusted.")


class TrustedIssuerExists(RemintError):
    """The issuer is trusted already."""

    def __init__(self) -> None:
        super().__init__("The issuer is trusted already.")


class InvalidTrustedIssuer(RemintError):
    """No trusted issuer can have these terms; `part` names the one at fault."""

    def __init__(self, part: str) -> None:
        super().__init__(_ISSUERS[part])
        self.part = part


_ISSUERS = {
    "id": "An issuer has 1 to 255 printable ASCII characters without blanks.",
    "audiences": "An issuer needs an audience at least. An audience has 1 to 255 printable ASCII "
    "characters without blanks.",
    "subject_prefix": f"A subject prefix has fewer than {LONGEST_SUBJECT} printable ASCII "
    "characters, none of them a blank or a slash.",
    "max_age": "A greatest age is at least 1 second and at most 3650 days, in whole seconds.",
    "claims": "A claim to take over has a name without blanks and equals signs, and no name that "
    "is registered for JWTs but amr and acr.",
}
"""What each part of a trusted issuer needs."""


class OutsideTerms(RemintError):
    """A session was asked for that the terms of its client do not allow; `part` says what."""

    def __init__(self, part: str) -> None:
        super().__init__(f"The sessions of the client cannot have this {part}.")
        self.part = part


class NotAllowed(RemintError):
    """The caller proved who it is, and lacks the permission `missing`."""

    def __init__(self, missing: str) -> None:
        super().__init__("This is not allowed.")
        self.missing = missing


class UserDisabled(RemintError):
    """No session is opened for a disabled user."""

    def __init__(self) -> None:
        super().__init__("The user is disabled.")


class InvalidPasswordHash(RemintError):
    """No password can be verified with that hash, or only at a cost beyond all bounds."""

    def __init__(self) -> None:
        super().__init__("The hash of a password is of another kind, or costs too much.")
