"""Which algorithms sign, and with how strong keys."""

from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from config.settings.sections import Settings, TokenSettings
from config.settings.setting import settings_of
from infrastructure.security.algorithms import SignatureAlgorithm

SELECTABLE = get_args(settings_of(TokenSettings)["algorithm"][0])


@pytest.mark.proves("D4")
def test_es256_is_the_default_and_every_choice_is_asymmetric() -> None:
    """A verifier cannot sign."""
    assert Settings().tokens.algorithm == "ES256"
    assert set(SELECTABLE) == {"ES256", "EdDSA", "RS256", "PS256"}
    for name in SELECTABLE:
        algorithm = SignatureAlgorithm.named(name)
        private_key = algorithm.make_private_key()
        signature = algorithm.sign(b"said", private_key)
        assert algorithm.verify(b"said", private_key.public_key(), signature)


@pytest.mark.proves("D4", "J2")
@pytest.mark.parametrize("name", ["HS256", "none", "ES256K", "RS1", ""])
def test_no_other_algorithm_can_be_asked_for(name: str) -> None:
    with pytest.raises(KeyError, match=f"^'{name}'$"):
        SignatureAlgorithm.named(name)


@pytest.mark.proves("J14")
@pytest.mark.parametrize("name", ["RS256", "PS256"])
def test_no_rsa_key_is_weak(name: str) -> None:
    """Keys are made here and nowhere else, so none can be handed in."""
    key = SignatureAlgorithm.named(name).make_private_key()
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size >= 2048


class KeyWithSmallNumbers:
    """A key whose signature is two numbers with leading zero bytes: one in 128 has some."""

    def sign(self, message: bytes, algorithm: object) -> bytes:
        return encode_dss_signature(1, 256)


def test_an_es256_signature_has_64_bytes_whatever_its_numbers() -> None:
    signature = SignatureAlgorithm.named("ES256").sign(b"said", KeyWithSmallNumbers())
    assert signature == (1).to_bytes(32, "big") + (256).to_bytes(32, "big")
