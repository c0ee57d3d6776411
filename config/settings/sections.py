"""Owns every setting: its name, its default, its bounds. The README's table is made from here."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from config.settings import shapes
from config.settings.contradictions import contradictions
from config.settings.reading import SettingsError, read_sections
from config.settings.setting import Section, Setting
from domain.sessions import AtLimit, Renewal

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
        Setting("Server processes. More than one pays on Postgres only.", at_least=1, at_most=256),
    ] = 1
    trusted_proxies: Annotated[
        tuple[str, ...],
        Setting(
            "Networks whose `X-Forwarded-For` is believed.",
            fits=shapes.are_networks,
            shape="a list of networks such as 10.0.0.0/8",
        ),
    ] = ()
    docs: Annotated[bool, Setting("Serve the API page at `/docs`.")] = True
    openapi: Annotated[bool, Setting("Serve the OpenAPI document at `/openapi.json`.")] = True
    max_body: Annotated[
        int, Setting("Longest request body.", unit="bytes", at_least=1024, at_most=1048576)
    ] = 16384
    shutdown: Annotated[
        timedelta,
        Setting(
            "How long running requests may take to finish when the server is asked to stop.",
            at_least=NOTHING,
            at_most=10 * MINUTE,
        ),
    ] = 20 * SECOND
    notice: Annotated[
        timedelta,
        Setting(
            "How long the server goes on as before, but calls itself not ready, when it is asked "
            "to stop: time for load balancers to notice.",
            at_least=NOTHING,
            at_most=5 * MINUTE,
        ),
    ] = NOTHING
    patience: Annotated[
        timedelta,
        Setting(
            "How long a refresh with a superseded token waits to see whether its client is still "
            "there, before it may count as a lost answer or a theft.",
            at_least=NOTHING,
            at_most=5 * SECOND,
        ),
    ] = 100 * MILLISECOND
    hsts: Annotated[
        timedelta,
        Setting(
            "`max-age` of Strict-Transport-Security; 0 sends none. Only for servers reached by "
            "HTTPS alone.",
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
            "Where the data live: `sqlite+aiosqlite:///FILE` or "
            "`postgresql+asyncpg://USER:PASSWORD@HOST/NAME`.",
            fits=shapes.is_database_url,
            shape="a URL that starts with sqlite+aiosqlite:/// or postgresql+asyncpg://",
            confidential=True,
        ),
    ] = "sqlite+aiosqlite:///var/remint.db"
    migrate: Annotated[
        bool, Setting("Let `remint serve` bring the schema up to date before it serves.")
    ] = True
    pool_size: Annotated[
        int,
        Setting(
            "Connections per server process; two of them are kept for refreshes.",
            at_least=3,
            at_most=500,
        ),
    ] = 10
    pool_timeout: Annotated[
        timedelta,
        Setting("How long to wait for a free connection.", at_least=SECOND / 10, at_most=MINUTE),
    ] = 5 * SECOND
    connect_timeout: Annotated[
        timedelta,
        Setting("How long connecting may take.", at_least=SECOND / 10, at_most=MINUTE),
    ] = 5 * SECOND
    statement_timeout: Annotated[
        timedelta,
        Setting("How long a statement may take.", at_least=SECOND / 10, at_most=5 * MINUTE),
    ] = 5 * SECOND


class SessionSettings(Section, frozen=True):
    renewal: Annotated[
        Renewal,
        Setting(
            "How new sessions renew their refresh token, unless the log-in asks: `reusable` keeps "
            "one for the session's life, `rotating` hands out a new one each time."
        ),
    ] = Renewal.REUSABLE
    coalesce: Annotated[
        timedelta,
        Setting(
            "For how long after a rotation the new token is not rotated again: a burst of requests "
            "is one write.",
            at_least=NOTHING,
            at_most=5 * MINUTE,
        ),
    ] = 10 * SECOND
    grace: Annotated[
        timedelta,
        Setting(
            "For how long after a rotation the token before it is still answered.",
            at_least=NOTHING,
            at_most=10 * MINUTE,
        ),
    ] = 10 * SECOND
    recoveries: Annotated[
        int,
        Setting(
            "How often in a row the token before may be replayed after the grace, since the answer "
            "was lost.",
            at_least=0,
            at_most=100,
        ),
    ] = 3
    idle: Annotated[
        timedelta,
        Setting("A session unused for longer is over.", at_least=SECOND, at_most=3650 * DAY),
    ] = 14 * DAY
    lifetime: Annotated[
        timedelta,
        Setting(
            "A session this old is over, however much it is used.",
            at_least=SECOND,
            at_most=3650 * DAY,
        ),
    ] = 90 * DAY
    limit: Annotated[int, Setting("Live sessions per user.", at_least=1, at_most=100000)] = 100
    at_limit: Annotated[
        AtLimit,
        Setting(
            "What a log-in at the limit does: `end-oldest` ends the user's oldest session, "
            "`refuse` refuses the log-in."
        ),
    ] = AtLimit.END_OLDEST
    retention: Annotated[
        timedelta,
        Setting(
            "How long a session is kept past its lifetime before it is purged.",
            at_least=NOTHING,
            at_most=3650 * DAY,
        ),
    ] = 7 * DAY


class TokenSettings(Section, frozen=True):
    issuer: Annotated[
        str,
        Setting(
            "`iss` of every JWT: the address under which verifiers know this service.",
            fits=shapes.is_issuer,
            shape="an http or https URL without query, fragment or blanks",
        ),
    ] = "http://localhost:8080"
    audience: Annotated[
        str, Setting("`aud` of every JWT.", fits=bool, shape="a text that is not empty")
    ] = "remint"
    client_id: Annotated[
        str, Setting("`client_id` of every JWT.", fits=bool, shape="a text that is not empty")
    ] = "remint"
    lifetime: Annotated[
        timedelta,
        # The ceiling: a JWT cannot be called back, so its life is what a revocation may lag (L3).
        Setting("How long a JWT lives.", at_least=SECOND, at_most=HOUR),
    ] = 10 * MINUTE
    algorithm: Annotated[
        Literal["ES256", "EdDSA", "RS256", "PS256"],
        Setting("What new signing keys sign with: `ES256`, `EdDSA`, `RS256` or `PS256`."),
    ] = "ES256"


class KeySettings(Section, frozen=True):
    rotate_after: Annotated[
        timedelta,
        Setting(
            "The age at which a signing key gets its successor.",
            at_least=SECOND,
            at_most=3650 * DAY,
        ),
    ] = 90 * DAY
    max_age: Annotated[
        timedelta,
        Setting(
            "For how long verifiers may cache the key set, so for how long a new key is published "
            "before it signs.",
            at_least=SECOND,
            at_most=7 * DAY,
        ),
    ] = 5 * MINUTE
    clock_margin: Annotated[
        timedelta,
        Setting(
            "How far apart the clocks of instances and verifiers may be without a key failing.",
            at_least=NOTHING,
            at_most=10 * MINUTE,
        ),
    ] = MINUTE
    reload: Annotated[
        timedelta,
        Setting(
            "How often a server process looks for new signing keys.",
            at_least=SECOND / 10,
            at_most=HOUR,
        ),
    ] = 10 * SECOND


class PasswordSettings(Section, frozen=True):
    memory: Annotated[
        int,
        # 64 MiB is what RFC 9106 section 4 recommends where memory is scarce; the floor is G3's.
        Setting(
            "Memory for hashing one password (argon2id).",
            unit="KiB",
            at_least=19456,
            at_most=4194304,
        ),
    ] = 65536
    iterations: Annotated[int, Setting("Passes over that memory.", at_least=2, at_most=100)] = 2
    parallelism: Annotated[int, Setting("Lanes of one hash.", at_least=1, at_most=64)] = 1
    concurrency: Annotated[
        int, Setting("Passwords hashed at the same time.", at_least=1, at_most=256)
    ] = 2
    waiting: Annotated[
        int, Setting("Passwords that may wait for that; more get 503.", at_least=0, at_most=100000)
    ] = 64


class ThrottleSettings(Section, frozen=True):
    per_account: Annotated[
        int, Setting("Failed log-ins borne per account and window.", at_least=1, at_most=1000000)
    ] = 10
    per_source: Annotated[
        int, Setting("Failed log-ins borne per address and window.", at_least=1, at_most=1000000)
    ] = 100
    window: Annotated[
        timedelta, Setting("How long failures count.", at_least=SECOND, at_most=7 * DAY)
    ] = 15 * MINUTE


class LogSettings(Section, frozen=True):
    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Setting("The least that is logged: `debug`, `info`, `warning` or `error`."),
    ] = "info"
    format: Annotated[
        Literal["auto", "json", "console"],
        Setting("`json` lines, `console` for people, or `auto`: for people on a terminal only."),
    ] = "auto"


class MetricsSettings(Section, frozen=True):
    enabled: Annotated[bool, Setting("Serve Prometheus metrics.")] = True
    path: Annotated[
        str,
        Setting("Where they are served.", fits=shapes.is_path, shape="a path that starts with /"),
    ] = "/metrics"
    port: Annotated[
        int | None,
        Setting(
            "Serve them on a port of their own instead of the service's.",
            at_least=1,
            at_most=65535,
        ),
    ] = None


class CorsSettings(Section, frozen=True):
    origins: Annotated[
        tuple[str, ...],
        Setting(
            "Exact origins whose pages may call the service.",
            fits=shapes.are_origins,
            shape="a list of exact origins such as https://app.example.com",
        ),
    ] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, read once at the edge and handed in from there."""

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    sessions: SessionSettings = SessionSettings()
    tokens: TokenSettings = TokenSettings()
    keys: KeySettings = KeySettings()
    passwords: PasswordSettings = PasswordSettings()
    throttle: ThrottleSettings = ThrottleSettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    cors: CorsSettings = CorsSettings()

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the file that REMINT_CONFIG names, and the environment, which wins.

        Raises:
            SettingsError: a sentence for everything that is wrong.
        """
        settings = cls(**read_sections(sections(), environment))
        problems = contradictions(settings)
        if problems:
            raise SettingsError(problems)
        return settings


def sections() -> dict[str, type[Section]]:
    """The sections by name, in the order in which they are documented."""
    return {field.name: field.type for field in msgspec.structs.fields(Settings)}
