"""How the two kinds of token become text and are read back."""

from typing import Protocol

from domain.access_tokens import AccessToken
from domain.refresh_tokens import RefreshToken


class RefreshTokenCodec(Protocol):
    """Turns refresh tokens into text and back."""

    def write(self, token: RefreshToken) -> str:
        """The text to hand out. Equal tokens give equal text."""
        ...

    def read(self, text: str) -> RefreshToken:
        """The token that Remint once wrote as `text`; reads no database.

        Raises:
            InvalidRefreshToken: with cause UNRECOGNIZED and a flaw: made up, damaged, or of another
                kind.
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
    """Verifies the JWTs that Remint signed."""

    async def verify(self, text: str, *, any_audience: bool = False) -> AccessToken:
        """The claims of the JWT.

        Args:
            any_audience: whether JWTs for others than Remint pass, too.

        Raises:
            InvalidAccessToken: whatever is wrong with it.
        """
        ...


class AccessTokens(AccessTokenSigner, AccessTokenVerifier, Protocol):
    """Signs JWTs, and verifies the JWTs that it signed."""
