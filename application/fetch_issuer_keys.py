"""Fetch the present key sets of the trusted issuers."""

from dataclasses import dataclass

from domain.ports.assertions import KeySets
from domain.ports.trusted_issuers import TrustedIssuers


@dataclass(frozen=True, slots=True)
class FetchIssuerKeys:
    """Know the keys of every trusted issuer before the first assertion arrives."""

    issuers: TrustedIssuers
    key_sets: KeySets

    async def __call__(self) -> None:
        """Fetch the key sets that are published somewhere.

        Raises:
            Unavailable: names the key sets that cannot be fetched; the others were.
        """
        found = [issuer.terms.keys for issuer in await self.issuers.all()]
        await self.key_sets.fetch([keys for keys in found if keys.url])
