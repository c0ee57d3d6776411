"""Holds the key sets of other parties, and fetches them seldom enough to harm nobody."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from domain.errors import InvalidKeySource, Unavailable
from domain.key_sources import KeySource
from infrastructure.security.public_keys import (
    PublicKeys,
    UnusableKeys,
    given_keys,
    published_keys,
)

PAUSE = timedelta(seconds=10)
"""The shortest time between two downloads from one source, whatever clients present."""
KEPT = timedelta(days=1)
"""How long the keys of a source stay in use that cannot be reached any more."""

Download = Callable[[KeySource], Awaitable[bytes]]


async def by_http(source: KeySource) -> bytes:
    """Download by HTTP. The client is loaded now, because most installations need none."""
    from infrastructure.key_sets.download import DownloadFailed, download

    try:
        return await download(source)
    except DownloadFailed as failed:
        raise UnusableKeys(str(failed)) from None


@dataclass(slots=True)
class _Held:
    """The present knowledge of one source. Times are those of the monotonic clock."""

    keys: PublicKeys | None = None
    fetched_at: float = 0.0
    tried_at: float | None = None
    problem: Unavailable | None = None
    fetching: asyncio.Task[None] | None = None


class HeldKeySets:
    """The port KeySets, and the keys that verify assertions."""

    def __init__(
        self, download: Download = by_http, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._download = download
        self._clock = clock
        self._held: dict[KeySource, _Held] = {}
        self._log = structlog.get_logger("remint.keysets")

    def checked(self, jwks: str) -> str:
        """The text of a key set, unchanged."""
        try:
            given_keys(jwks)
        except UnusableKeys:
            raise InvalidKeySource("jwks") from None
        return jwks

    async def held(self, source: KeySource) -> PublicKeys:
        """The keys that this instance has; fetched first if there are none.

        Raises:
            Unavailable: there are none, and they cannot be fetched.
        """
        if not source.url:
            return given_keys(source.jwks)
        known = self._held.setdefault(source, _Held())
        if known.keys is None or self._clock() - known.fetched_at > KEPT.total_seconds():
            await self._refresh(source, known)
        return _keys(known)

    async def newer(self, source: KeySource) -> PublicKeys:
        """The keys that are published by now, as of the last download at most PAUSE ago.

        Raises:
            Unavailable: there are none, and they cannot be fetched.
        """
        known = self._held.setdefault(source, _Held())
        await self._refresh(source, known)
        return _keys(known)

    async def fetch(self, sources: Sequence[KeySource]) -> None:
        """Fetch the present key sets of these sources, and forget those of others."""
        for gone in self._held.keys() - set(sources):
            del self._held[gone]
        known = [self._held.setdefault(source, _Held()) for source in sources]
        await asyncio.gather(
            *(self._refresh(source, one) for source, one in zip(sources, known, strict=True))
        )
        problems = [one.problem.explanation for one in known if one.problem is not None]
        if problems:
            raise _unavailable(" ".join(problems))

    async def _refresh(self, source: KeySource, known: _Held) -> None:
        """Download, unless that was tried a moment ago. Callers share one download."""
        if known.fetching is None:
            now = self._clock()
            if known.tried_at is not None and now - known.tried_at < PAUSE.total_seconds():
                return
            known.tried_at = now
            known.fetching = asyncio.create_task(self._fetch(source, known))
        # A caller that leaves does not end the download that others wait for.
        await asyncio.shield(known.fetching)

    async def _fetch(self, source: KeySource, known: _Held) -> None:
        try:
            known.keys = published_keys(await self._download(source))
            known.fetched_at = self._clock()
            if known.problem is not None:
                self._log.info("keySetAvailable", url=source.url)
            known.problem = None
        except UnusableKeys as unusable:
            if known.problem is None:
                self._log.warning("keySetUnavailable", url=source.url, reason=str(unusable))
            known.problem = _unavailable(f"The key set {source.url} cannot be used: {unusable}.")
            if self._clock() - known.fetched_at > KEPT.total_seconds():
                known.keys = None
        finally:
            known.fetching = None


def _keys(known: _Held) -> PublicKeys:
    if known.keys is not None:
        return known.keys
    raise known.problem.again() if known.problem is not None else _unavailable("")


def _unavailable(explanation: str) -> Unavailable:
    return Unavailable("issuerKeysUnavailable", PAUSE, explanation=explanation)
