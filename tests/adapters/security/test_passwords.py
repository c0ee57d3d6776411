"""Password hashing."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher, extract_parameters

from domain.errors import Unavailable
from domain.ports.passwords import Verdict
from infrastructure.security.passwords import Argon2Passwords, HashingCost

pytestmark = pytest.mark.anyio

CHEAP = HashingCost(memory=64, iterations=1, parallelism=1, concurrency=2, waiting=2)
STRONGER = HashingCost(memory=128, iterations=1, parallelism=1, concurrency=2, waiting=2)


async def test_the_right_password_matches_and_a_wrong_one_does_not() -> None:
    passwords = Argon2Passwords(CHEAP)
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert (await passwords.verify("correct horse", stored)).matches
    assert not (await passwords.verify("correct horsf", stored)).matches


@pytest.mark.proves("G2")
async def test_nothing_matches_a_decoy_and_it_costs_what_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords, verified = Argon2Passwords(STRONGER), []
    new, old = await passwords.hash("x"), await Argon2Passwords(CHEAP).hash("x")
    verify = PasswordHasher.verify

    def watched(hasher: PasswordHasher, stored: str, password: bytes) -> bool:
        verified.append(extract_parameters(stored))
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    for like in (None, new, old, "not a hash"):
        for password in ("", "x"):
            assert not (await passwords.verify(password, None, like=like)).matches
    expected = [extract_parameters(stored) for stored in (new, new, old, new)]
    assert verified == [cost for cost in expected for _ in range(2)]


@pytest.mark.proves("G3")
async def test_a_hash_under_weaker_parameters_is_outdated() -> None:
    stored = await Argon2Passwords(CHEAP).hash("correct horse")
    verdict = await Argon2Passwords(STRONGER).verify("correct horse", stored)
    assert (verdict.matches, verdict.outdated) == (True, True)


@pytest.mark.proves("G5")
@pytest.mark.parametrize("password", ["x" * 1024, "é" * 512, "\ud800", "a\0b"])
async def test_no_password_is_cut_off_or_a_fault(password: str) -> None:
    passwords = Argon2Passwords(CHEAP)
    stored = await passwords.hash(password)
    assert (await passwords.verify(password, stored)).matches
    assert not (await passwords.verify(password[:-1], stored)).matches


async def test_a_damaged_hash_matches_nothing() -> None:
    assert not (await Argon2Passwords(CHEAP).verify("x", "not a hash")).matches


@pytest.mark.proves("G4")
async def test_one_caller_too_many_is_told_to_come_again_and_the_loop_stays_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords, gate = Argon2Passwords(CHEAP), threading.Event()
    monkeypatch.setattr(PasswordHasher, "verify", lambda *_: gate.wait(10))
    monkeypatch.setattr(PasswordHasher, "check_needs_rehash", lambda *_: False)
    held = [asyncio.ensure_future(passwords.verify("x", None)) for _ in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await passwords.verify("x", None)
    assert refused.value.reason == "passwordQueueFull"
    held[0].cancel()  # its thread still works, so its place is still taken
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await passwords.verify("x", None)
    gate.set()
    await asyncio.gather(*held[1:])
    assert (await passwords.verify("x", None)).matches


@pytest.mark.proves("G3")
async def test_a_hash_costs_what_the_settings_say() -> None:
    cost = HashingCost(memory=96, iterations=5, parallelism=2, concurrency=1, waiting=0)
    spent = extract_parameters(await Argon2Passwords(cost).hash("correct horse"))
    assert (spent.memory_cost, spent.time_cost, spent.parallelism) == (96, 5, 2)


@pytest.mark.proves("G4")
@pytest.mark.parametrize("concurrency", [1, 3])
async def test_only_so_many_passwords_are_hashed_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    cost = HashingCost(memory=64, iterations=1, parallelism=1, concurrency=concurrency, waiting=9)
    passwords, gate = Argon2Passwords(cost), threading.Event()
    at_work = list[str]()

    def work(*_: object) -> str:
        at_work.append(threading.current_thread().name)
        gate.wait(10)
        return "hash"

    monkeypatch.setattr(PasswordHasher, "hash", work)
    jobs = [asyncio.ensure_future(passwords.hash("x")) for _ in range(6)]
    await asyncio.sleep(0.05)
    assert len(at_work) == concurrency
    assert all(name.startswith("argon2") for name in at_work)
    gate.set()
    assert await asyncio.gather(*jobs) == ["hash"] * 6


async def test_what_does_not_match_is_not_called_outdated() -> None:
    passwords = Argon2Passwords(CHEAP)
    stored = await passwords.hash("correct horse")
    assert await passwords.verify("wrong", stored) == Verdict(matches=False, outdated=False)
    assert await passwords.verify("correct horse", stored) == Verdict(matches=True, outdated=False)
