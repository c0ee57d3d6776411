"""Owns what the forms of the OAuth operations have in common: the client, and the token."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain.clients import ClientAssertion, ClientAuthentication, ClientCredentials
from domain.errors import InvalidClient
from interfaces.http.wire.client_credentials import client_credentials
from interfaces.http.wire.confidential import NOT_BLANK, Confidential
from interfaces.http.wire.request_errors import Fault, InvalidRequest
from interfaces.http.wire.request_headers import Headers

Parameter = Annotated[str, Meta(max_length=1024)]
AnyToken = Annotated[
    str,
    Meta(description="A refresh token or a JWT.", min_length=1, max_length=8192, pattern=NOT_BLANK),
]


JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AnAssertion = Annotated[
    str, Meta(description="A signed JWT (RFC 7523 section 3).", min_length=1, max_length=16_384)
]


class ClientForm(Confidential, frozen=True):
    """The client of a request, where it does not use HTTP Basic."""

    client_id: Annotated[
        Parameter | UnsetType, Meta(description="The client, if it does not use HTTP Basic.")
    ] = UNSET
    client_secret: Annotated[
        Parameter | UnsetType,
        Meta(description="The secret of a confidential client that does not use HTTP Basic."),
    ] = UNSET
    client_assertion_type: Annotated[
        Parameter | UnsetType, Meta(description=f"`{JWT_BEARER}`, with `client_assertion`.")
    ] = UNSET
    client_assertion: Annotated[
        AnAssertion | UnsetType,
        Meta(description="Signed by a confidential client that has keys (RFC 7523 section 2.2)."),
    ] = UNSET

    def credentials(self, headers: Headers) -> ClientAuthentication | None:
        """The client by HTTP Basic, by its secret or assertion in the form, or by its id alone.

        Raises:
            InvalidClient: malformed Basic credentials, or another client in the form.
            InvalidRequest: two methods at once (RFC 6749 section 2.3), a secret without a client,
                or an assertion of no known type.
        """
        basic = client_credentials(headers)
        if self.client_assertion is not UNSET or self.client_assertion_type is not UNSET:
            return self._assertion(is_alone=basic is None and self.client_secret is UNSET)
        if basic is not None:
            if self.client_secret is not UNSET:
                raise InvalidRequest("client_secret", Fault.REPEATED)
            if self.client_id not in (UNSET, basic.client_id):
                raise InvalidClient
            return basic
        secret = None if self.client_secret is UNSET else self.client_secret
        if self.client_id is not UNSET:
            return ClientCredentials(self.client_id, secret)
        if secret is not None:
            raise InvalidRequest("client_id", Fault.MISSING)
        return None

    def _assertion(self, *, is_alone: bool) -> ClientAssertion:
        if not is_alone:
            raise InvalidRequest("client_assertion", Fault.REPEATED)
        if self.client_assertion is UNSET:
            raise InvalidRequest("client_assertion", Fault.MISSING)
        if self.client_assertion_type is UNSET:
            raise InvalidRequest("client_assertion_type", Fault.MISSING)
        if self.client_assertion_type != JWT_BEARER:
            raise InvalidRequest("client_assertion_type", Fault.UNKNOWN_VALUE)
        named = None if self.client_id is UNSET else self.client_id
        return ClientAssertion(self.client_assertion, named)


class TokenForm(ClientForm, frozen=True, kw_only=True):
    """A token to introspect or to revoke. Remint ignores `token_type_hint`."""

    token: AnyToken
