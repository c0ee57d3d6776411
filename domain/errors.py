"""Everything that can go wrong in the product's own words; none of it knows of HTTP."""

from datetime import timedelta

from domain.causes import Refusal


class RemintError(Exception):
    """The family of errors that this product raises on purpose. The text is safe to show."""


class InvalidRefreshToken(RemintError):
    """A refresh token that does not continue a session.

    The public answer is the same for every cause; the cause is told only where the token proved
    authentic, that is for all but UNRECOGNIZED (checklist D5).
    """

    def __init__(self, cause: Refusal) -> None:
        super().__init__("The refresh token is not acceptable.")
        self.cause = cause


class UserNotFound(RemintError):
    """No user answers to that name, or the user of an authentic, live session is gone (D2)."""

    def __init__(self) -> None:
        super().__init__("The user does not exist.")


class SessionNotFound(RemintError):
    """No session of that id, or none that the caller may see (checklist L11)."""

    def __init__(self) -> None:
        super().__init__("The session does not exist.")


class SigningKeyNotFound(RemintError):
    """No signing key has that id."""

    def __init__(self) -> None:
        super().__init__("The signing key does not exist.")


class InvalidCredentials(RemintError):
    """The one answer to every failed log-in, whatever the reason (checklist G1)."""

    def __init__(self) -> None:
        super().__init__("The username or password is not correct.")


class WrongPassword(RemintError):
    """A signed-in user did not know the old password, or may not try it again yet (G6)."""

    def __init__(self) -> None:
        super().__init__("The old password is not correct.")


class InvalidAccessToken(RemintError):
    """A bearer JWT that is not one of ours, not for us, or whose session is over."""

    def __init__(self) -> None:
        super().__init__("The access token is not acceptable.")


class TooManyLogins(RemintError):
    """Too many failed log-ins from one source (checklist G6)."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many failed log-ins. Try again later.")
        self.retry_after = retry_after


class TooManySessions(RemintError):
    """The user holds as many sessions as allowed, and the settings refuse one more (L13)."""

    def __init__(self) -> None:
        super().__init__("The user already holds as many sessions as allowed.")


class Unavailable(RemintError):
    """Nothing is wrong with the request: it may be repeated as it is after `retry_after`."""

    def __init__(self, reason: str, retry_after: timedelta = timedelta(seconds=1)) -> None:
        super().__init__("The service is busy or cannot reach its database. Try again.")
        self.reason = reason
        self.retry_after = retry_after


class UsernameTaken(RemintError):
    """Another user has that name."""

    def __init__(self) -> None:
        super().__init__("The username is taken.")


class InvalidUsername(RemintError):
    """A name that no user can have."""

    def __init__(self) -> None:
        super().__init__(
            "A username is 1 to 254 characters, not all blank, without control characters."
        )


class InvalidPassword(RemintError):
    """A password that no account may have (checklist G5)."""

    def __init__(self) -> None:
        super().__init__("A password has 8 to 1024 characters.")
