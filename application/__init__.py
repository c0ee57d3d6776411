"""The contents page: everything that the system can do, one use case a file."""

from dataclasses import dataclass

from application.add_user import AddUser
from application.authenticate import Authenticate
from application.check_readiness import CheckReadiness
from application.delete_user import DeleteUser
from application.disable_user import DisableUser
from application.enable_user import EnableUser
from application.end_session import EndSession
from application.ensure_signing_key import EnsureSigningKey
from application.list_sessions import ListSessions
from application.list_signing_keys import ListSigningKeys
from application.list_users import ListUsers
from application.log_out_user import LogOutUser
from application.open_session import OpenSession
from application.refresh import Refresh
from application.revoke import Revoke
from application.set_password import SetPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """What the outer interfaces may ask for."""

    # for whoever holds credentials or a refresh token
    authenticate: Authenticate
    refresh: Refresh
    revoke: Revoke

    # for operators
    add_user: AddUser
    list_users: ListUsers
    set_password: SetPassword
    disable_user: DisableUser
    enable_user: EnableUser
    delete_user: DeleteUser
    log_out_user: LogOutUser
    open_session: OpenSession
    list_sessions: ListSessions
    end_session: EndSession
    list_signing_keys: ListSigningKeys

    # for the server itself
    ensure_signing_key: EnsureSigningKey
    check_readiness: CheckReadiness


__all__ = ["UseCases"]
