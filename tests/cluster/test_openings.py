"""Sessions that a back end opens, many at once, with answers that get lost."""

import asyncio
import random
from base64 import b64encode
from collections import Counter

import pytest
from anyio import to_thread

from application import UseCases
from domain.clients import ClientTerms, Permission
from tests.support.fakes.builders import OPERATOR
from tests.support.faults.volleys import Line, lines_to
from tests.support.servers.deployment import API, Deployment

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

CONNECTIONS = 50
OPENINGS = {"sqlite": 10_000, "postgresql": 2_500}
LOST = 0.05
SUBJECTS = 100
LIMIT = 24


async def open_until_heard(line: Line, subject: str, authorization: str) -> int:
    """Open a session, once more if the answer is lost; how many were opened."""
    opened, is_heard = 0, False
    while not is_heard:
        path = f"{API}/users/{subject}/sessions"
        await line.post(path, {"client": "app"}, 201, authorization)
        opened, is_heard = opened + 1, random.random() >= LOST
    return opened


async def add_clients(can: UseCases) -> str:
    """A client whose sessions are limited, and a back end; the back end's credentials."""
    terms = ClientTerms(session_limit=LIMIT)
    await can.operators.add_client("app", terms, is_public=True, by=OPERATOR)
    terms = ClientTerms(may=(Permission.OPEN_SESSIONS,))
    shop = await can.operators.add_client("shop", terms, is_public=False, by=OPERATOR)
    return "Basic " + b64encode(f"shop:{shop.secret}".encode()).decode()


async def stored(can: UseCases) -> tuple[Counter[str], Counter[str]]:
    """How many users have each subject, and how many live sessions each subject has."""
    users, live, after = Counter[str](), Counter[str](), None
    while page := (await can.back_ends.find_users(None, after, 100)).items:
        users.update(user.subject for user in page)
        after = page[-1].id
    after = None
    while sessions := (await can.operators.list_sessions(after=after, size=1000)).items:
        live.update(one.found.subject for one in sessions)
        after = sessions[-1].found.session.id
    return users, live


async def test_thousands_of_openings_make_no_user_twice_and_keep_to_the_limit(
    pair: Deployment,
) -> None:
    authorization = await to_thread.run_sync(lambda: pair.act(add_clients))
    openings = OPENINGS[pair.database_url.partition("+")[0]]
    subjects = [f"user-{number % SUBJECTS}" for number in range(openings)]
    random.shuffle(subjects)
    left, opened = iter(subjects), Counter[str]()

    async def work(line: Line) -> None:
        for subject in left:
            number = await open_until_heard(line, subject, authorization)
            opened[subject] += number

    async with lines_to(pair.urls, CONNECTIONS) as lines:
        await asyncio.gather(*(work(line) for line in lines))
    assert opened.total() >= openings * (1 + LOST / 2)
    users, live = await to_thread.run_sync(lambda: pair.act(stored))
    assert {users[subject] for subject in opened} == {1}
    assert live == {subject: min(count, LIMIT) for subject, count in opened.items()}
