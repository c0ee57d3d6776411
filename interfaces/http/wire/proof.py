"""Owns how a proof of possession is presented: in one header, and nowhere else (RFC 9449)."""

from domain.causes import ProofFlaw
from domain.errors import InvalidProof
from domain.proofs import PresentedProof
from interfaces.http.wire.request_headers import Headers


def presented_proof(headers: Headers, method: str, path: str) -> PresentedProof | None:
    """The proof of a request; None where it has none.

    Raises:
        InvalidProof: more than one header (section 4.3).
    """
    found = [value for name, value in headers if name == b"dpop"]
    if not found:  # as for every client that has no key
        return None
    if len(found) > 1:
        raise InvalidProof(ProofFlaw.MALFORMED)
    return PresentedProof(found[0].decode("latin-1"), method, path)
