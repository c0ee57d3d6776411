"""Who writes and reads the two kinds of token."""

from typing import Protocol

from domain.access_tokens import AccessToken
from domain.refresh_tokens import RefreshToken


class RefreshTokenCodec(Protocol):
    """Turns refresh tokens into text and back."""

    def write(self, token: RefreshToken) -> str:
        """The text to hand out. Equal tokens give equal text."""
        ...

    def read(self, text: str) -> RefreshToken:
        """The token that this server once wrote as `text`; asks no database (checklist T2).

        Raises:
            InvalidRefreshToken: with cause UNRECOGNIZED: made up, damaged, or of another kind.
        """
        ...


class AccessTokenSigner(Protocol):
    """Signs JWTs with the current signing key."""

    def sign(self, token: AccessToken) -> str:
        """The JWT in compact form.

        Raises:
            Unavailable: there is no signing key yet.
        """
        ...


class AccessTokenVerifier(Protocol):
    """Verifies our own JWTs (checklist J2 to J10)."""

    async def verify(self, text: str) -> AccessToken:
        """What the JWT says.

        Raises:
            InvalidAccessToken: whatever is wrong with it.
        """
        ...
