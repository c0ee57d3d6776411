"""The store of trusted issuers."""

from typing import Protocol

from domain.trusted_issuers import TrustedIssuer


class TrustedIssuers(Protocol):
    """One row for each trusted issuer, and few rows. Raises from all: Unavailable."""

    async def add(self, issuer: TrustedIssuer) -> None:
        """Store a new issuer.

        Raises:
            TrustedIssuerExists: it is stored already, and stays as it is.
        """
        ...

    async def with_id(self, issuer_id: str) -> TrustedIssuer | None:
        """The issuer with that `iss`."""
        ...

    async def all(self) -> list[TrustedIssuer]:
        """Every issuer, by id."""
        ...

    async def replace(self, issuer: TrustedIssuer) -> bool:
        """Store the issuer in place of the one that has its id; False if there is none."""
        ...

    async def delete(self, issuer_id: str) -> bool:
        """Forget the issuer. True for exactly one of any number of callers."""
        ...
