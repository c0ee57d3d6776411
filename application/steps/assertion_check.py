"""Accepts an assertion, once."""

from dataclasses import dataclass

from domain.assertions import Assertion, Expected
from domain.causes import AssertionFlaw
from domain.errors import InvalidAssertion
from domain.key_sources import KeySource
from domain.ports.assertions import AssertionVerifier
from domain.ports.environment import Clock
from domain.ports.used_ids import UsedIds


@dataclass(frozen=True, slots=True)
class AssertionCheck:
    """Accepts the assertions of a party whose keys are known (RFC 7523 section 3)."""

    verifier: AssertionVerifier
    used: UsedIds
    clock: Clock

    async def __call__(self, text: str, keys: KeySource, expected: Expected) -> Assertion:
        """The claims, which hold now.

        Raises:
            InvalidAssertion: names the flaw.
            Unavailable: there are no keys, or the database cannot answer.
        """
        assertion = await self.verifier.verify(text, keys)
        expected.require(assertion, self.clock())
        return assertion

    async def use(self, assertion: Assertion) -> None:
        """Use an assertion that has an id, which nobody can do again.

        Raises:
            InvalidAssertion: REPLAYED.
            Unavailable: the database cannot answer.
        """
        if assertion.id is None:
            return
        if not await self.used.use(assertion.issuer, assertion.id, assertion.over_at):
            raise InvalidAssertion(AssertionFlaw.REPLAYED)
