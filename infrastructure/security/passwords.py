"""Owns password hashing: argon2id, off the event loop, with a bounded number at a time."""

import asyncio
import os
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Semaphore
from typing import TypeVar

from argon2 import Parameters, PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from domain.errors import Unavailable
from domain.ports.passwords import Verdict

T = TypeVar("T")

MOST_MEMORY = 1024 * 1024
"""KiB of memory that the verification of one hash can take."""
LONGEST_HASH = 512
"""Characters."""


@dataclass(frozen=True, slots=True)
class HashingCost:
    """The cost of one hash, and how many are computed at a time.

    Attributes:
        memory: KiB of memory for each hash.
        iterations: passes over that memory.
        parallelism: lanes of one hash (RFC 9106).
        concurrency: hashes at a time; memory in use is at most `memory` times this.
        waiting: callers that can wait; one more gets Unavailable.
    """

    memory: int
    iterations: int
    parallelism: int
    concurrency: int
    waiting: int


class Argon2Passwords:
    """Hashes and verifies in a bounded thread pool of its own (port Passwords)."""

    def __init__(self, cost: HashingCost) -> None:
        self._hasher = PasswordHasher(
            time_cost=cost.iterations,
            memory_cost=cost.memory,
            parallelism=cost.parallelism,
        )
        self._new = Parameters(
            Type.ID,
            ARGON2_VERSION,
            self._hasher.salt_len,
            self._hasher.hash_len,
            cost.iterations,
            cost.memory,
            cost.parallelism,
        )
        self._pool = ThreadPoolExecutor(cost.concurrency, thread_name_prefix="argon2")
        self._places = Semaphore(cost.concurrency + cost.waiting)

    async def hash(self, password: str) -> str:
        """A new argon2id hash with salt and parameters, in PHC string format."""
        return await self._off_loop(lambda: self._hasher.hash(_bytes(password)))

    def accepts(self, password_hash: str) -> bool:
        """Argon2 in PHC string format, within bounds of memory, passes and parallelism."""
        try:
            cost = extract_parameters(password_hash)
        except ValueError:
            return False
        is_bounded = cost.memory_cost <= MOST_MEMORY and cost.time_cost <= 16
        return is_bounded and cost.parallelism <= 16 and len(password_hash) <= LONGEST_HASH

    async def verify(
        self, password: str, password_hash: str | None, *, like: str | None = None
    ) -> Verdict:
        """Compare; always exactly one verification at full cost."""
        compared = password_hash or _decoy(self._parameters(like))
        return await self._off_loop(lambda: self._verify(password, compared))

    def _parameters(self, like: str | None) -> Parameters:
        try:
            return extract_parameters(like or "")
        except ValueError:
            return self._new

    def _verify(self, password: str, password_hash: str) -> Verdict:
        try:
            self._hasher.verify(password_hash, _bytes(password))
        except (VerificationError, InvalidHashError):
            return Verdict(matches=False)
        return Verdict(matches=True, outdated=self._hasher.check_needs_rehash(password_hash))

    async def _off_loop(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Unavailable("passwordQueueFull")
        job = self._pool.submit(work)
        # A place is free only when its work is done, even if the caller has left before.
        job.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(job)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _decoy(cost: Parameters) -> str:
    """A well-formed hash of no password, which costs as much to verify as a real one."""
    parameters = f"m={cost.memory_cost},t={cost.time_cost},p={cost.parallelism}"
    lengths = (cost.salt_len, cost.hash_len)
    salt, digest = (b64encode(os.urandom(n)).rstrip(b"=").decode() for n in lengths)
    return f"$argon2{cost.type.name.lower()}$v={cost.version}${parameters}${salt}${digest}"
