"""Puts the use cases together from ports and policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from application import (
    AccountUseCases,
    BackEndUseCases,
    OperatorUseCases,
    PresenterUseCases,
    ServerUseCases,
    UseCases,
)
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
from application.steps.assertion_check import AssertionCheck
from application.steps.caller_check import CallerCheck
from application.steps.client_check import ClientCheck
from application.steps.jwt_issuer import JwtIssuer
from application.steps.login_guard import LoginGuard
from application.steps.password_check import PasswordCheck
from application.steps.proof_check import ProofCheck
from application.steps.session_for_user import SessionForUser
from application.steps.session_opener import SessionOpener
from application.steps.session_terms import SessionTerms
from application.tend_signing_keys import TendSigningKeys
from application.trust_issuer import TrustIssuer
from domain.decision_table import RenewalPolicy
from domain.login_throttle import ThrottlePolicy
from domain.ports.assertions import AssertionVerifier, KeySets
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock, Entropy
from domain.ports.health import ReadinessCheck
from domain.ports.login_throttle import LoginThrottle
from domain.ports.passwords import Passwords
from domain.ports.proofs import Nonces, ProofVerifier
from domain.ports.revocations import Revocations
from domain.ports.session_register import SessionRegister
from domain.ports.sessions import Sessions
from domain.ports.signing_key_encryption import SigningKeyEncryption
from domain.ports.signing_key_maker import SigningKeyMaker
from domain.ports.signing_keys import SigningKeys
from domain.ports.tokens import AccessTokens, RefreshTokenCodec
from domain.ports.trusted_issuers import TrustedIssuers
from domain.ports.used_ids import UsedIds
from domain.ports.user_register import UserRegister
from domain.ports.users import Users
from domain.proofs import ProofPolicy
from domain.signing_keys import KeyPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The adapters behind which the use cases reach the outside world."""

    clock: Clock
    entropy: Entropy
    users: Users
    user_register: UserRegister
    clients: Clients
    sessions: Sessions
    session_register: SessionRegister
    login_throttle: LoginThrottle
    revocations: Revocations
    trusted_issuers: TrustedIssuers
    used_ids: UsedIds
    key_sets: KeySets
    assertion_verifier: AssertionVerifier
    proof_verifier: ProofVerifier
    nonces: Nonces
    signing_keys: SigningKeys
    make_signing_key: SigningKeyMaker
    key_encryption: SigningKeyEncryption
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokenCodec
    passwords: Passwords
    audit: AuditTrail
    readiness_checks: Sequence[ReadinessCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The operator's choices that the use cases follow."""

    renewal: RenewalPolicy
    terms: SessionTerms
    keys: KeyPolicy
    throttle: ThrottlePolicy
    built_in_client: str
    client_audiences: tuple[str, ...]
    proofs: ProofPolicy
    access_token_lifetime: timedelta
    retention: timedelta
    revocations_kept: timedelta
    purge_batch: int = 1000


def use_cases(ports: Ports, policies: Policies) -> UseCases:
    """Make every use case; a use case keeps no state, so it can be made as often as needed."""
    p = ports
    jwt_issuer = JwtIssuer(p.access_tokens, p.entropy, policies.access_token_lifetime)
    session_opener = SessionOpener(
        p.sessions, p.refresh_tokens, jwt_issuer, policies.terms, p.entropy, p.audit
    )
    password_check = PasswordCheck(p.users, p.user_register, p.passwords)
    assertion_check = AssertionCheck(p.assertion_verifier, p.used_ids, p.clock)
    client_check = ClientCheck(
        p.clients,
        assertion_check,
        policies.built_in_client,
        policies.client_audiences,
        p.clock,
        p.audit,
    )
    session_for_user = SessionForUser(p.users, session_opener, p.clock, p.entropy, p.audit)
    login_guard = LoginGuard(p.login_throttle, policies.throttle, password_check)
    proof_check = ProofCheck(p.proof_verifier, p.nonces, p.used_ids, policies.proofs, p.clock)
    caller_check = CallerCheck(
        p.access_tokens, proof_check, p.sessions, p.users, policies.renewal, p.clock
    )
    rotate_signing_key = RotateSigningKey(
        p.signing_keys, p.make_signing_key, policies.keys, p.clock, p.audit
    )
    revoke = Revoke(p.sessions, client_check, p.refresh_tokens, p.clock, p.audit)
    presenters = PresenterUseCases(
        authenticate=Authenticate(
            p.users, client_check, proof_check, login_guard, session_opener, p.clock, p.audit
        ),
        exchange_assertion=ExchangeAssertion(
            p.trusted_issuers,
            assertion_check,
            client_check,
            proof_check,
            policies.terms,
            session_for_user,
            p.clock,
            p.audit,
        ),
        refresh=Refresh(
            p.sessions,
            client_check,
            proof_check,
            p.refresh_tokens,
            jwt_issuer,
            policies.renewal,
            policies.terms.audience,
            p.clock,
            p.audit,
        ),
        revoke=revoke,
        revoke_token=RevokeToken(
            revoke, p.access_tokens, p.sessions, client_check, p.clock, p.audit
        ),
    )
    account = AccountUseCases(
        list_own_sessions=ListOwnSessions(
            caller_check, p.session_register, policies.renewal, p.clock
        ),
        end_own_session=EndOwnSession(caller_check, p.sessions, p.clock, p.audit),
        log_out_everywhere=LogOutEverywhere(caller_check, p.users, p.clock, p.audit),
        change_password=ChangePassword(
            caller_check, login_guard, p.passwords, p.users, p.clock, p.audit
        ),
    )
    operators = OperatorUseCases(
        add_user=AddUser(p.users, p.passwords, p.clock, p.entropy, p.audit),
        set_user=SetUser(p.users, p.passwords, p.login_throttle, p.clock, p.entropy, p.audit),
        list_users=ListUsers(p.user_register),
        set_password=SetPassword(p.users, p.login_throttle, p.passwords, p.clock, p.audit),
        disable_user=DisableUser(p.users, p.clock, p.audit),
        enable_user=EnableUser(p.users, p.login_throttle, p.clock, p.audit),
        delete_user=DeleteUser(p.users, p.clock, p.audit),
        log_out_user=LogOutUser(p.users, p.clock, p.audit),
        add_client=AddClient(
            p.clients,
            p.key_sets,
            policies.built_in_client,
            policies.access_token_lifetime,
            p.clock,
            p.entropy,
            p.audit,
        ),
        list_clients=ListClients(p.clients),
        show_client=ShowClient(p.clients),
        set_client=SetClient(p.clients, policies.access_token_lifetime, p.clock, p.audit),
        add_client_secret=AddClientSecret(p.clients, p.clock, p.entropy, p.audit),
        drop_client_secret=DropClientSecret(p.clients, p.clock, p.audit),
        set_client_keys=SetClientKeys(p.clients, p.key_sets, p.clock, p.audit),
        disable_client=DisableClient(p.clients, p.clock, p.audit),
        enable_client=EnableClient(p.clients, p.clock, p.audit),
        delete_client=DeleteClient(p.clients, p.clock, p.audit),
        trust_issuer=TrustIssuer(p.trusted_issuers, p.key_sets, client_check, p.clock, p.audit),
        list_issuers=ListIssuers(p.trusted_issuers),
        delete_issuer=DeleteIssuer(p.trusted_issuers, p.clock, p.audit),
        open_session=OpenSession(
            client_check, session_for_user, p.clock, policies.proofs.is_required
        ),
        list_sessions=ListSessions(p.users, p.session_register, policies.renewal, p.clock),
        end_session=EndSession(p.sessions, p.clock, p.audit),
        explain_refresh_token=ExplainRefreshToken(
            p.sessions, p.refresh_tokens, policies.renewal, p.clock
        ),
        list_signing_keys=ListSigningKeys(p.signing_keys, p.clock),
        rotate_signing_key=rotate_signing_key,
        remove_signing_key=RemoveSigningKey(p.signing_keys, p.make_signing_key, p.clock, p.audit),
    )
    back_ends = BackEndUseCases(
        client_check=client_check,
        open_session=operators.open_session,
        explain_refresh_token=operators.explain_refresh_token,
        find_users=FindUsers(p.users, p.user_register),
        set_user=operators.set_user,
        delete_user=operators.delete_user,
        list_sessions=operators.list_sessions,
        end_session=operators.end_session,
        log_out_user=operators.log_out_user,
        follow_revocations=FollowRevocations(p.revocations, policies.revocations_kept),
        introspect=Introspect(
            p.access_tokens,
            p.sessions,
            operators.explain_refresh_token,
            policies.renewal,
            policies.terms.audience,
            p.clock,
        ),
    )
    server = ServerUseCases(
        check_readiness=CheckReadiness(p.readiness_checks),
        tend_signing_keys=TendSigningKeys(
            p.signing_keys, rotate_signing_key, p.key_encryption, policies.keys, p.clock, p.audit
        ),
        fetch_issuer_keys=FetchIssuerKeys(p.trusted_issuers, p.key_sets),
        purge=Purge(
            p.session_register,
            p.login_throttle,
            p.revocations,
            p.used_ids,
            policies.retention,
            policies.revocations_kept,
            p.clock,
            policies.purge_batch,
        ),
    )
    return UseCases(
        presenters=presenters,
        account=account,
        back_ends=back_ends,
        operators=operators,
        server=server,
    )
