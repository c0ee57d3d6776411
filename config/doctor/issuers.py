"""Examines the trusted issuers: whether their keys can be fetched, and their clients exist."""

from collections.abc import AsyncIterator, Sequence

from config.doctor.finding import Finding, State
from domain.clients import Client
from domain.trusted_issuers import TrustedIssuer
from infrastructure.key_sets.key_sets import by_http
from infrastructure.security.public_keys import UnusableKeys, published_keys

ABOUT = "trusted issuers"


async def examined_issuers(
    issuers: Sequence[TrustedIssuer],
    clients: Sequence[Client],
    built_in: str,
) -> AsyncIterator[Finding]:
    """One finding for the issuers, or one for each fault; none without issuers."""
    known = {built_in, *(client.id for client in clients)}
    faults = [fault for issuer in issuers async for fault in _faults(issuer, known)]
    for fault in faults:
        yield fault
    if issuers and not faults:
        count = f"{len(issuers)} {'issuer is' if len(issuers) == 1 else 'issuers are'} trusted"
        yield Finding(ABOUT, State.FINE, f"{count}, and all keys are there.")


async def _faults(issuer: TrustedIssuer, known: set[str]) -> AsyncIterator[Finding]:
    terms = issuer.terms
    if terms.keys.url:
        try:
            published_keys(await by_http(terms.keys))
        except UnusableKeys as unusable:
            says = f"The key set {terms.keys.url} of {issuer.id} cannot be used: {unusable}."
            advice = "Check the address, and whether this machine reaches it."
            yield Finding(ABOUT, State.WARNING, says, advice)
    if terms.client_id is not None and terms.client_id not in known:
        says = f"{issuer.id} is bound to the client {terms.client_id}, which does not exist."
        advice = "Add that client, or run: remint issuers add --replace"
        yield Finding(ABOUT, State.WARNING, says, advice)
