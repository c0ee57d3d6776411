"""The contents page: everything that the system can do, one use case a file."""

from dataclasses import dataclass

from application.add_client import AddClient
from application.add_client_secret import AddClientSecret
from application.add_user import AddUser
from application.authenticate import Authenticate
from application.change_password import ChangePassword
from application.check_readiness import CheckReadiness
from application.delete_client import DeleteClient
from application.delete_issuer import DeleteIssuer
from application.delete_user import DeleteUser
from application.disable_client import DisableClient
from application.disable_user import DisableUser
from application.drop_client_secret import DropClientSecret
from application.enable_client import EnableClient
from application.enable_user import EnableUser
from application.end_own_session import EndOwnSession
from application.end_session import EndSession
from application.exchange_assertion import ExchangeAssertion
from application.explain_refresh_token import ExplainRefreshToken
from application.fetch_issuer_keys import FetchIssuerKeys
from application.find_users import FindUsers
from application.follow_revocations import FollowRevocations
from application.introspect import Introspect
from application.list_clients import ListClients
from application.list_issuers import ListIssuers
from application.list_own_sessions import ListOwnSessions
from application.list_sessions import ListSessions
from application.list_signing_keys import ListSigningKeys
from application.list_users import ListUsers
from application.log_out_everywhere import LogOutEverywhere
from application.log_out_user import LogOutUser
from application.open_session import OpenSession
from application.purge import Purge
from application.refresh import Refresh
from application.remove_signing_key import RemoveSigningKey
from application.revoke import Revoke
from application.revoke_token import RevokeToken
from application.rotate_signing_key import RotateSigningKey
from application.set_client import SetClient
from application.set_client_keys import SetClientKeys
from application.set_password import SetPassword
from application.set_user import SetUser
from application.show_client import ShowClient
from application.steps.client_check import ClientCheck
from application.tend_signing_keys import TendSigningKeys
from application.trust_issuer import TrustIssuer


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenterUseCases:
    """For clients that present a password, an assertion or a token."""

    authenticate: Authenticate
    exchange_assertion: ExchangeAssertion
    refresh: Refresh
    revoke: Revoke
    revoke_token: RevokeToken


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUseCases:
    """For users who manage their own account with a JWT."""

    list_own_sessions: ListOwnSessions
    end_own_session: EndOwnSession
    log_out_everywhere: LogOutEverywhere
    change_password: ChangePassword


@dataclass(frozen=True, slots=True, kw_only=True)
class BackEndUseCases:
    """For back ends, which act for users of their own with the credentials of a client."""

    client_check: ClientCheck
    open_session: OpenSession
    explain_refresh_token: ExplainRefreshToken
    find_users: FindUsers
    set_user: SetUser
    delete_user: DeleteUser
    list_sessions: ListSessions
    end_session: EndSession
    log_out_user: LogOutUser
    follow_revocations: FollowRevocations
    introspect: Introspect


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorUseCases:
    """For operators, who manage every user, client, session and signing key."""

    add_user: AddUser
    set_user: SetUser
    list_users: ListUsers
    set_password: SetPassword
    disable_user: DisableUser
    enable_user: EnableUser
    delete_user: DeleteUser
    log_out_user: LogOutUser
    add_client: AddClient
    list_clients: ListClients
    show_client: ShowClient
    set_client: SetClient
    add_client_secret: AddClientSecret
    drop_client_secret: DropClientSecret
    set_client_keys: SetClientKeys
    disable_client: DisableClient
    enable_client: EnableClient
    delete_client: DeleteClient
    trust_issuer: TrustIssuer
    list_issuers: ListIssuers
    delete_issuer: DeleteIssuer
    open_session: OpenSession
    list_sessions: ListSessions
    end_session: EndSession
    explain_refresh_token: ExplainRefreshToken
    list_signing_keys: ListSigningKeys
    rotate_signing_key: RotateSigningKey
    remove_signing_key: RemoveSigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUseCases:
    """For the server itself: readiness and periodic tasks."""

    check_readiness: CheckReadiness
    tend_signing_keys: TendSigningKeys
    fetch_issuer_keys: FetchIssuerKeys
    purge: Purge


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """Every use case, grouped by its callers; an interface is handed the parts that it serves."""

    presenters: PresenterUseCases
    account: AccountUseCases
    back_ends: BackEndUseCases
    operators: OperatorUseCases
    server: ServerUseCases
