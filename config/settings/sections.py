"""Owns every setting: its name, default, bounds and meaning; the README's table shows them."""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from config.settings import shapes
from config.settings.setting import Section, Setting
from domain.sessions import AtLimit, Renewal
from infrastructure.database.address import Address

MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOTHING = timedelta()


class ServerSettings(Section, frozen=True):
    host: Annotated[
        str, Setting("Address to listen on.", fits=bool, shape="an address to listen on")
    ] = "127.0.0.1"
    port: Annotated[
        int, Setting("TCP port to listen on; 0 takes a free one.", at_least=0, at_most=65535)
    ] = 8080
    workers: Annotated[
        int,
        Setting("Server processes. Use more than one only with Postgres.", at_least=1, at_most=256),
    ] = 1
    trusted_proxies: Annotated[
        tuple[str, ...],
        Setting(
            "Networks of the reverse proxies whose `X-Forwarded-For` Remint trusts; `unix` is a "
            "proxy on a Unix socket.",
            fits=shapes.are_peers,
            shape="a list of networks such as 10.0.0.0/8",
        ),
    ] = ()
    docs: Annotated[bool, Setting("Serve the API page at `/docs`.")] = True
    openapi: Annotated[bool, Setting("Serve the OpenAPI document at `/openapi.json`.")] = True
    max_body: Annotated[
        int,
        Setting("Maximum length of a request body.", unit="bytes", at_least=1024, at_most=1048576),
    ] = 16384
    shutdown: Annotated[
        timedelta,
        Setting(
            "How long running requests can take to finish once the server accepts no new ones.",
            at_least=NOTHING,
            at_most=10 * MINUTE,
        ),
    ] = 20 * SECOND
    notice: Annotated[
        timedelta,
        Setting(
            "Drain delay: how long the server keeps serving after SIGTERM while `/health/ready` "
            "already fails.",
            at_least=NOTHING,
            at_most=5 * MINUTE,
        ),
    ] = NOTHING
    patience: Annotated[
        timedelta,
        Setting(
            "Disconnect check: how long a refresh with a superseded token watches for the client "
            "closing the connection. If the client closes it, the token counts neither as a lost "
            "response nor as reuse.",
            at_least=NOTHING,
            at_most=5 * SECOND,
        ),
    ] = 100 * MILLISECOND
    hsts: Annotated[
        timedelta,
        Setting(
            "`max-age` of Strict-Transport-Security; 0 sends no such header. Set it only if all "
            "clients use HTTPS.",
            at_least=NOTHING,
            at_most=3650 * DAY,
        ),
    ] = NOTHING
    tls_certificate: Annotated[
        str | None, Setting("File with the certificate chain (PEM), to serve HTTPS directly.")
    ] = None
    tls_key: Annotated[str | None, Setting("File with the certificate's private key (PEM).")] = None


class DatabaseSettings(Section, frozen=True):
    url: Annotated[
        str,
        Setting(
            "Address of the database: `sqlite+aiosqlite:///FILE` or "
            "`postgresql+asyncpg://USER:PASSWORD@HOST/NAME`.",
            reads=Address.parse,
            confidential=True,
        ),
    ] = "sqlite+aiosqlite:///var/remint.db"
    migrate: Annotated[bool, Setting("Let `remint serve` upgrade the schema before it serves.")] = (
        True
    )
    pool_size: Annotated[
        int,
        Setting(
            "Database connections per server process; two of them are reserved for refreshes.",
            at_least=3,
            at_most=500,
        ),
    ] = 10
    pool_timeout: Annotated[
        timedelta,
        Setting("Maximum wait for a free connection.", at_least=SECOND / 10, at_most=MINUTE),
    ] = 5 * SECOND
    connect_timeout: Annotated[
        timedelta,
        Setting("Maximum time to open a connection.", at_least=SECOND / 10, at_most=MINUTE),
    ] = 5 * SECOND
    statement_timeout: Annotated[
        timedelta,
        Setting("Maximum time of a statement.", at_least=SECOND / 10, at_most=5 * MINUTE),
    ] = 5 * SECOND


class SessionSettings(Section, frozen=True):
    renewal: Annotated[
        Renewal,
        Setting(
            "Renewal of new sessions if the log-in does not choose one: `reusable` keeps one "
            "refresh token for the life of the session, `rotating` issues a new one with every "
            "refresh."
        ),
    ] = Renewal.REUSABLE
    coalesce: Annotated[
        timedelta,
        Setting(
            "How long after a rotation the new token is not rotated again, so that a burst of "
            "requests causes one write.",
            at_least=NOTHING,
            at_most=5 * MINUTE,
        ),
    ] = 10 * SECOND
    grace: Annotated[
        timedelta,
        Setting(
            "Grace period: how long after a rotation the previous token is still accepted.",
            at_least=NOTHING,
            at_most=10 * MINUTE,
        ),
    ] = 10 * SECOND
    recoveries: Annotated[
        int,
        Setting(
            "How many consecutive times the previous token is accepted after the grace period, to "
            "recover lost responses.",
            at_least=0,
            at_most=100,
        ),
    ] = 3
    idle: Annotated[
        timedelta,
        Setting(
            "Idle timeout: a session that is unused for longer expires.",
            at_least=SECOND,
            at_most=3650 * DAY,
        ),
    ] = 14 * DAY
    lifetime: Annotated[
        timedelta,
        Setting(
            "Absolute lifetime: a session of this age expires, even if it is in use.",
            at_least=SECOND,
            at_most=3650 * DAY,
        ),
    ] = 90 * DAY
    support_lifetime: Annotated[
        timedelta,
        Setting(
            "Longest absolute lifetime of a session in which somebody else acts for the user.",
            at_least=SECOND,
            at_most=3650 * DAY,
        ),
    ] = HOUR
    limit: Annotated[
        int,
        Setting(
            "Maximum number of live sessions of a user with one client.", at_least=1, at_most=100000
        ),
    ] = 100
    at_limit: Annotated[
        AtLimit,
        Setting(
            "Effect of a log-in at the limit: `end-oldest` ends the user's oldest session, "
            "`refuse` refuses the log-in."
        ),
    ] = AtLimit.END_OLDEST
    retention: Annotated[
        timedelta,
        Setting(
            "How long a session stays stored after its absolute lifetime before it is purged.",
            at_least=NOTHING,
            at_most=3650 * DAY,
        ),
    ] = 7 * DAY


class TokenSettings(Section, frozen=True):
    issuer: Annotated[
        str,
        Setting(
            "`iss` of every JWT: the public address of the service.",
            fits=shapes.is_issuer,
            shape="an http or https URL without query, fragment or blanks",
        ),
    ] = "http://localhost:8080"
    audience: Annotated[
        str,
        Setting(
            "`aud` of the JWTs of clients without audiences of their own: one text, without commas "
            "and blanks.",
            fits=shapes.is_audience,
            shape="one audience, without commas and blanks, because a JWT of Remint has one `aud`",
        ),
    ] = "remint"
    client_id: Annotated[
        str,
        Setting(
            "`client_id` of the JWTs of sessions that name no other client.",
            fits=bool,
            shape="a text that is not empty",
        ),
    ] = "remint"
    tell_expiry: Annotated[
        bool,
        Setting(
            "Answer log-ins and refreshes also with `expiresIn` and `sessionExpiresIn`, in seconds."
        ),
    ] = False
    lifetime: Annotated[
        timedelta,
        # The maximum is low because a JWT cannot be revoked: it stays valid until it expires.
        Setting("How long a JWT is valid.", at_least=SECOND, at_most=HOUR),
    ] = 10 * MINUTE
    algorithm: Annotated[
        Literal["ES256", "EdDSA", "RS256", "PS256"],
        Setting("Algorithm of new signing keys: `ES256`, `EdDSA`, `RS256` or `PS256`."),
    ] = "ES256"


class KeySettings(Section, frozen=True):
    rotate_after: Annotated[
        timedelta,
        Setting(
            "Age at which a signing key is rotated.",
            at_least=SECOND,
            at_most=3650 * DAY,
        ),
    ] = 90 * DAY
    max_age: Annotated[
        timedelta,
        Setting(
            "`max-age` of the JWKS: how long verifiers cache it. A new key is published for longer "
            "than that before it signs.",
            at_least=SECOND,
            at_most=7 * DAY,
        ),
    ] = 5 * MINUTE
    clock_margin: Annotated[
        timedelta,
        Setting(
            "Maximum difference between the clocks of instances and verifiers that no key rotation "
            "notices.",
            at_least=NOTHING,
            at_most=10 * MINUTE,
        ),
    ] = MINUTE
    reload: Annotated[
        timedelta,
        Setting(
            "How often a server process loads the signing keys from the database.",
            at_least=SECOND / 10,
            at_most=HOUR,
        ),
    ] = 10 * SECOND


class PasswordSettings(Section, frozen=True):
    memory: Annotated[
        int,
        # RFC 9106 section 4 recommends 64 MiB if memory is scarce; OWASP's minimum is 19 MiB.
        Setting(
            "Memory for one password hash (argon2id).",
            unit="KiB",
            at_least=19456,
            at_most=4194304,
        ),
    ] = 65536
    iterations: Annotated[
        int, Setting("Passes over that memory per hash.", at_least=2, at_most=100)
    ] = 2
    parallelism: Annotated[
        int, Setting("Degree of parallelism of one hash (argon2's `p`).", at_least=1, at_most=64)
    ] = 1
    concurrency: Annotated[
        int,
        Setting("Passwords hashed at the same time per server process.", at_least=1, at_most=256),
    ] = 2
    waiting: Annotated[
        int,
        Setting(
            "Maximum queue length for hashing; further log-ins get 503.", at_least=0, at_most=100000
        ),
    ] = 64


class ThrottleSettings(Section, frozen=True):
    per_account: Annotated[
        int,
        Setting("Failed log-ins allowed per account in each window.", at_least=1, at_most=1000000),
    ] = 10
    per_source: Annotated[
        int,
        Setting(
            "Failed log-ins allowed per client address in each window.", at_least=1, at_most=1000000
        ),
    ] = 100
    window: Annotated[
        timedelta, Setting("Length of the rate limit's window.", at_least=SECOND, at_most=7 * DAY)
    ] = 15 * MINUTE


class DpopSettings(Section, frozen=True):
    required: Annotated[
        Literal["off", "new-sessions"],
        Setting(
            "Which sessions must be bound to a key of the client (DPoP): none (`off`), or every "
            "one that is opened from now on (`new-sessions`)."
        ),
    ] = "off"
    nonce: Annotated[
        Literal["off", "required"],
        Setting("Whether each proof of possession needs a nonce of the server."),
    ] = "off"
    max_age: Annotated[
        timedelta,
        Setting("How long a proof of possession counts.", at_least=SECOND, at_most=10 * MINUTE),
    ] = MINUTE


class LogSettings(Section, frozen=True):
    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Setting("Minimum level of log lines: `debug`, `info`, `warning` or `error`."),
    ] = "info"
    format: Annotated[
        Literal["auto", "json", "console"],
        Setting(
            "`json` lines, readable `console` lines, or `auto`: `console` on a terminal, otherwise "
            "`json`."
        ),
    ] = "auto"


class MetricsSettings(Section, frozen=True):
    enabled: Annotated[bool, Setting("Serve Prometheus metrics.")] = True
    path: Annotated[
        str,
        Setting(
            "Path of the metrics.",
            fits=shapes.is_path,
            shape="a path such as /metrics, without a slash at its end",
        ),
    ] = "/metrics"
    port: Annotated[
        int | None,
        Setting(
            "Separate port for the metrics; without one, the service's port serves them.",
            at_least=1,
            at_most=65535,
        ),
    ] = None


class AdminSettings(Section, frozen=True):
    port: Annotated[
        int | None,
        Setting(
            "Separate port for the back-end API; without one, the service's port serves it.",
            at_least=1,
            at_most=65535,
        ),
    ] = None
    host: Annotated[
        str | None, Setting("Address to listen on for that port; without one, `server.host`.")
    ] = None


class CorsSettings(Section, frozen=True):
    origins: Annotated[
        tuple[str, ...],
        Setting(
            "Exact origins whose pages can call the service (CORS).",
            fits=shapes.are_origins,
            shape="a list of exact origins such as https://app.example.com",
        ),
    ] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. `config.settings.loading` reads them once, and the wiring passes them on."""

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    sessions: SessionSettings = SessionSettings()
    tokens: TokenSettings = TokenSettings()
    keys: KeySettings = KeySettings()
    passwords: PasswordSettings = PasswordSettings()
    throttle: ThrottleSettings = ThrottleSettings()
    dpop: DpopSettings = DpopSettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    admin: AdminSettings = AdminSettings()
    cors: CorsSettings = CorsSettings()


def sections() -> dict[str, type[Section]]:
    """The sections by name, in the order of the README's table."""
    return {field.name: field.type for field in msgspec.structs.fields(Settings)}
