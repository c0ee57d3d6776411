"""Proofs of possession for a load, each of which counts once."""

import base64
import json
import os
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from benchmarks.load import TokensFile

ADDRESS = "http://localhost:8080/api/v1/authenticate/refresh"
"""The default of tokens.issuer, and the path of a refresh."""


def with_proofs(tokens: TokensFile, count: int) -> TokensFile:
    """So many of the tokens, each with a proof of one key, made now: `TOKEN|PROOF`."""
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    head = _encoded({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk})
    sign = ECAlgorithm(ECAlgorithm.SHA256).sign
    path = tokens.path.with_suffix(".proofs")
    with tokens.path.open() as lines, path.open("w") as written:
        for _ in range(count):
            token = lines.readline().strip()
            if not token:
                lines.seek(0)
                token = lines.readline().strip()
            claims = {"jti": os.urandom(16).hex(), "htm": "POST", "htu": ADDRESS}
            message = f"{head}.{_encoded({**claims, 'iat': int(time.time())})}"
            signature = jwt.utils.base64url_encode(sign(message.encode(), key)).decode()
            written.write(f"{token}|{message}.{signature}\n")
    return TokensFile(path)


def _encoded(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
