"""JWTs: exact claims, and everything that must not be believed."""

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import KeySet

from domain.access_tokens import AccessToken
from domain.errors import InvalidAccessToken, InvalidRoles
from domain.grants import Grant
from domain.roles import new_roles
from infrastructure.security import base64url
from infrastructure.security.access_token_jwt import LEEWAY, LONGEST, JwtSigner
from infrastructure.security.key_ring import LoadedKey
from tests.adapters.security.conftest import NOW, MakeSigner
from tests.support.fakes.builders import SECOND

pytestmark = pytest.mark.anyio

TOKEN = AccessToken(
    id="0123456789abcdef0123456789abcdef",
    subject="6f2c1c1e-0e58-4d53-9f43-5f6c8d2f7a10",
    session_id=UUID("019c0000-0000-7000-8000-000000000001"),
    roles=("admin", "übung"),
    authenticated_at=NOW - timedelta(days=1),
    issued_at=NOW,
    expires_at=NOW + timedelta(minutes=10),
)
ALGORITHMS = ["ES256", "EdDSA", "RS256", "PS256"]


def key_of(signer: JwtSigner) -> LoadedKey:
    return signer._ring.signing()


def claims(**changes: object) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "iss": "https://id.example",
        "sub": TOKEN.subject,
        "aud": "api",
        "client_id": "app",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
        "jti": TOKEN.id,
        "sid": str(TOKEN.session_id),
        "auth_time": int(TOKEN.authenticated_at.timestamp()),
        "roles": ["admin", "übung"],
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not ...}


LONGEST_ROLES = (*(f"{number:0125}" for number in range(23)), "r" * 90)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_the_longest_roles_make_a_jwt_that_is_accepted(
    make_signer: MakeSigner, algorithm: str
) -> None:
    with pytest.raises(InvalidRoles):
        new_roles((*LONGEST_ROLES, "r" * 40))
    signer = await make_signer(algorithm)
    token = replace(TOKEN, roles=new_roles(LONGEST_ROLES))
    text = signer.sign(token)
    assert await signer.verify(text) == token
    assert len(text) < LONGEST - 1024, "there is room for a longer issuer and audience"


def encode(key: LoadedKey, payload: bytes | dict[str, Any], **header: object) -> str:
    """A JWT that is truly signed with `key`, whatever it says."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    usual = {"alg": "ES256", "kid": key.jwk["kid"], "typ": "at+jwt"}
    full = {name: value for name, value in {**usual, **header}.items() if value is not ...}
    message = b64(json.dumps(full, separators=(",", ":")).encode()) + b"." + b64(raw)
    return (message + b"." + b64(key.algorithm.sign(message, key.private_key))).decode()


def b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


@pytest.mark.proves("J1")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_header_and_claims_are_exactly_the_documented_ones(
    make_signer: MakeSigner, algorithm: str
) -> None:
    signer = await make_signer(algorithm)
    key = key_of(signer)
    decoded = jwt.decode_complete(
        signer.sign(TOKEN),
        key.public_key,
        algorithms=[algorithm],
        audience="api",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert decoded["header"] == {"alg": algorithm, "kid": key.jwk["kid"], "typ": "at+jwt"}
    assert decoded["payload"] == claims()


class Rfc9068Validator(JWTBearerTokenValidator):  # type: ignore[misc]
    """Authlib's, which also refuses empty claims."""

    def __init__(self, signer: JwtSigner) -> None:
        super().__init__(issuer="https://id.example", resource_server="api")
        self._key = key_of(signer)

    def get_jwks(self) -> KeySet:
        jwk: Any = self._key.jwk
        return KeySet.import_key_set({"keys": [jwk]})


@pytest.mark.proves("J1")
@pytest.mark.parametrize("roles", [(), ("admin",), ("admin", "übung")], ids=str)
async def test_a_jwt_passes_another_librarys_validator_of_rfc_9068_with_and_without_roles(
    make_signer: MakeSigner, roles: tuple[str, ...]
) -> None:
    signer = await make_signer()
    now = datetime.now(UTC)
    token = replace(TOKEN, roles=roles, issued_at=now, expires_at=now + timedelta(minutes=1))
    validator = Rfc9068Validator(signer)
    believed = validator.authenticate_token(signer.sign(token))
    validator.validate_token(believed, scopes=None, request=None)
    assert tuple(believed.get("roles", ())) == roles
    assert ("roles" in believed) == bool(roles)


async def test_a_jwt_without_roles_says_what_was_signed_and_so_does_one_with_an_empty_claim(
    make_signer: MakeSigner,
) -> None:
    """Older versions wrote an empty claim, and instances of both versions serve together."""
    signer = await make_signer()
    without = replace(TOKEN, roles=())
    assert await signer.verify(signer.sign(without)) == without
    assert await signer.verify(encode(key_of(signer), claims(roles=[]))) == without


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256"])
async def test_what_is_signed_equals_what_pyjwt_encodes(
    make_signer: MakeSigner, algorithm: str
) -> None:
    signer = await make_signer(algorithm)
    key = key_of(signer)
    header = {"alg": algorithm, "kid": key.jwk["kid"], "typ": "at+jwt"}
    expected = jwt.encode(claims(), key.private_key, algorithm, headers=header, sort_headers=False)
    ours = signer.sign(TOKEN)
    assert [_decoded(part) for part in ours.split(".")[:2]] == [
        _decoded(part) for part in expected.split(".")[:2]
    ]
    assert len(ours.split(".")[2]) == len(expected.split(".")[2])


def _decoded(part: str) -> object:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_signed_token_is_believed_and_says_what_was_signed(
    make_signer: MakeSigner, algorithm: str
) -> None:
    signer = await make_signer(algorithm)
    assert await signer.verify(signer.sign(TOKEN)) == TOKEN


HEADERS: list[dict[str, object]] = [
    {"alg": "none"},
    {"alg": "nOnE"},
    {"alg": "HS256"},
    {"alg": ...},
    {"typ": "JWT"},
    {"typ": ...},
    {"crit": ["b64"], "b64": False},
    {"jku": "https://evil.example/keys"},
    {"x5u": "https://evil.example/cert"},
    {"x5c": ["MIIB"]},
    {"kid": "../../etc/passwd"},
    {"kid": "' OR 1=1 --"},
    {"kid": "k" * 10_000},
    {"kid": 7},
    {"kid": None},
    {"kid": ...},
]


@pytest.mark.proves("J2", "J3", "J4", "J5", "J8")
@pytest.mark.parametrize("header", HEADERS, ids=str)
async def test_no_other_header_is_believed_even_under_our_own_signature(
    make_signer: MakeSigner, header: dict[str, object]
) -> None:
    signer = await make_signer()
    with pytest.raises(InvalidAccessToken):
        await signer.verify(encode(key_of(signer), claims(), **header))


CLAIMS: list[dict[str, object]] = [
    {"iss": "https://id.example/"},
    {"iss": ["https://id.example"]},
    {"aud": "api2"},
    {"aud": ["other"]},
    {"exp": ...},
    {"exp": "99999999999"},
    {"exp": 1e30},
    {"exp": int(NOW.timestamp()) - 61},
    {"iat": ...},
    {"iat": int(NOW.timestamp()) + 61},
    {"iat": None},
    {"sub": ...},
    {"sub": 5},
    {"jti": ...},
    {"jti": 5},
    {"sid": "not a uuid"},
    *(
        dict[str, object]({name: value})
        for name in ("exp", "iat", "auth_time")
        for value in (253402300800, 2**53, 2**63, 10**400, -(10**400), -62135596801)
    ),
]


@pytest.mark.proves("J6", "J7")
@pytest.mark.parametrize("change", CLAIMS, ids=str)
async def test_no_other_claims_are_believed_even_under_our_own_signature(
    make_signer: MakeSigner, change: dict[str, object]
) -> None:
    signer = await make_signer()
    with pytest.raises(InvalidAccessToken):
        await signer.verify(encode(key_of(signer), claims(**change)))


@pytest.mark.parametrize("change", [{"admin": True}, {"aud": ["other", "api"]}], ids=str)
async def test_custom_claims_and_further_audiences_change_nothing(
    make_signer: MakeSigner, change: dict[str, object]
) -> None:
    signer = await make_signer()
    assert await signer.verify(encode(key_of(signer), claims(**change)))


GRANT = Grant(
    audience=("orders", "invoices"),
    scope=("read", "write"),
    claims='{"plan":"pro","n":12345678901234567890.10}',
    actor="support-7",
    amr=("pwd", "otp"),
    acr="2",
    proof_key="0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
)


def payload_of(jwt: str) -> dict[str, Any]:
    text = base64url.decode(jwt.split(".")[1].encode())
    claims: dict[str, Any] = json.loads(text, parse_float=str, parse_int=int)
    return claims


async def test_a_grant_is_in_the_jwt_and_the_usual_claims_stay(make_signer: MakeSigner) -> None:
    signer = await make_signer()
    usual = payload_of(signer.sign(TOKEN))
    granted = payload_of(signer.sign(replace(TOKEN, grant=GRANT, client_id="shop")))
    assert granted == usual | {
        "aud": ["orders", "invoices"],
        "client_id": "shop",
        "scope": "read write",
        "act": {"sub": "support-7"},
        "amr": ["pwd", "otp"],
        "acr": "2",
        "cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
        "plan": "pro",
        "n": "12345678901234567890.10",
    }


async def test_one_audience_is_a_string(make_signer: MakeSigner) -> None:
    signer = await make_signer()
    jwt = signer.sign(replace(TOKEN, grant=Grant(audience=("orders",))))
    assert payload_of(jwt)["aud"] == "orders"


async def test_the_claims_of_the_session_overlay_those_of_the_user(make_signer: MakeSigner) -> None:
    signer = await make_signer()
    of_user = '{ "plan": "free", "deep": {"a": 1}, "é": "ü" }'
    alone = payload_of(signer.sign(replace(TOKEN, claims=of_user)))
    both = payload_of(signer.sign(replace(TOKEN, claims=of_user, grant=GRANT)))
    assert (alone["plan"], alone["deep"], alone["é"]) == ("free", {"a": 1}, "ü")
    assert (both["plan"], both["deep"], both["é"]) == ("pro", {"a": 1}, "ü")


async def test_a_jwt_for_another_audience_is_none_for_remint(make_signer: MakeSigner) -> None:
    signer = await make_signer()
    with pytest.raises(InvalidAccessToken):
        await signer.verify(signer.sign(replace(TOKEN, grant=Grant(audience=("orders",)))))


INNER: dict[str, bytes] = {
    "null": b"null",
    "an array": b"[]",
    "not a number": b"NaN",
    "a claim that is not a number": b'{"exp": NaN}',
    "an endless number": b'{"exp":1' + b"0" * 5000 + b"}",
    "endless nesting": b"[" * 5000,
    **{
        f"{name} twice": json.dumps(claims()).encode()[:-1] + f', "{name}": {value}}}'.encode()
        for name, value in (("exp", claims()["exp"]), ("aud", '"api"'), ("\\u0065xp", 1))
    },
    "UTF-16": json.dumps(claims()).encode("utf-16"),
    "not UTF-8": b"\xff\xfe",
    "trailing bytes": json.dumps(claims()).encode() + b"x",
}


async def test_the_last_second_of_the_calendar_is_a_time_like_any_other(
    make_signer: MakeSigner,
) -> None:
    signer = await make_signer()
    token = await signer.verify(encode(key_of(signer), claims(exp=253402300799)))
    assert token.expires_at.year == 9999


@pytest.mark.proves("J10")
@pytest.mark.parametrize("inner", INNER.values(), ids=INNER)
async def test_malformed_inner_json_is_refused_and_never_a_fault(
    make_signer: MakeSigner, inner: bytes
) -> None:
    signer = await make_signer()
    with pytest.raises(InvalidAccessToken):
        await signer.verify(encode(key_of(signer), inner))


@pytest.mark.proves("J9")
async def test_only_the_compact_form_in_strict_base64url_is_read(
    make_signer: MakeSigner,
) -> None:
    signer = await make_signer()
    good = signer.sign(TOKEN)
    header, payload, signature = good.split(".")
    second_spelling = signature[:-1] + chr(ord(signature[-1]) + 1)
    for bad in (
        "",
        good + "=",
        good + ".",
        f"{header}.{payload}",
        f" {good}",
        f"{header}.{payload}.{second_spelling}",
        f"{header}.{payload}.",
        good + "A" * 9000,
        json.dumps({"payload": payload, "signatures": [{"signature": signature}]}),
        good.replace(".", "\uff0e"),
    ):
        with pytest.raises(InvalidAccessToken):
            await signer.verify(bad)


@pytest.mark.proves("J2")
async def test_a_symmetric_signature_with_the_public_key_is_refused(
    make_signer: MakeSigner,
) -> None:
    signer = await make_signer()
    key = key_of(signer)
    for secret in (
        key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    ):
        header = {"alg": "HS256", "kid": key.jwk["kid"], "typ": "at+jwt"}
        message = b64(json.dumps(header).encode()) + b"." + b64(json.dumps(claims()).encode())
        mac = b64(hmac.digest(secret, message, "sha256"))
        with pytest.raises(InvalidAccessToken):
            await signer.verify((message + b"." + mac).decode())


@pytest.mark.proves("J3")
async def test_a_key_carried_in_the_header_is_not_trusted(make_signer: MakeSigner) -> None:
    signer, stranger = await make_signer(), key_of(await make_signer())
    forged = encode(stranger, claims(), kid=key_of(signer).jwk["kid"], jwk=dict(stranger.jwk))
    with pytest.raises(InvalidAccessToken):
        await signer.verify(forged)
    with pytest.raises(InvalidAccessToken):
        await signer.verify(encode(stranger, claims(), kid=key_of(signer).jwk["kid"]))


@pytest.mark.proves("K1")
async def test_only_public_members_are_published_and_kid_is_the_thumbprint(
    make_signer: MakeSigner,
) -> None:
    from joserfc.jwk import import_key

    members = {"EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}, "RSA": {"n", "e"}}
    for algorithm in ALGORITHMS:
        [jwk] = (await make_signer(algorithm))._ring.published()
        assert set(jwk) == {"kty", "kid", "use", "alg"} | members[jwk["kty"]]
        assert jwk["kid"] == import_key(dict(jwk)).thumbprint()
        assert (jwk["use"], jwk["alg"]) == ("sig", algorithm)


@pytest.mark.proves("J7")
@pytest.mark.parametrize(
    ("claim", "past_the_leeway", "at_the_leeway"),
    [("exp", -LEEWAY, -LEEWAY + SECOND), ("iat", LEEWAY + SECOND, LEEWAY)],
)
async def test_a_jwt_counts_to_the_second_of_the_leeway(
    make_signer: MakeSigner, claim: str, past_the_leeway: timedelta, at_the_leeway: timedelta
) -> None:
    """A JWT is expired at `exp` plus the leeway, and premature after `iat` minus the leeway."""
    signer = await make_signer()
    good = claims(**{claim: int((NOW + at_the_leeway).timestamp())})
    bad = claims(**{claim: int((NOW + past_the_leeway).timestamp())})
    assert await signer.verify(encode(key_of(signer), good))
    with pytest.raises(InvalidAccessToken):
        await signer.verify(encode(key_of(signer), bad))


@pytest.mark.proves("J9")
async def test_the_longest_jwt_that_is_looked_at_has_24_kib(
    make_signer: MakeSigner,
) -> None:
    signer = await make_signer()
    texts = [encode(key_of(signer), claims(jti="j" * length)) for length in range(17600, 18400)]
    longest = max((text for text in texts if len(text) <= LONGEST), key=len)
    too_long = min((text for text in texts if len(text) > LONGEST), key=len)
    assert await signer.verify(longest)
    with pytest.raises(InvalidAccessToken):
        await signer.verify(too_long)


@pytest.mark.proves("J9")
@pytest.mark.parametrize("signature", ["A", "AA", "A" * 85, "A" * 86, "A" * 87])
async def test_a_signature_of_any_length_under_our_own_header_is_refused_and_never_a_fault(
    make_signer: MakeSigner, signature: str
) -> None:
    signer = await make_signer()
    message, _, _ = signer.sign(TOKEN).rpartition(".")
    with pytest.raises(InvalidAccessToken):
        await signer.verify(f"{message}.{signature}")
