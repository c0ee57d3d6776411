"""Makes users and their refresh tokens: `python fill.py HOW_MANY TOKENS_FILE`."""

import asyncio
import random
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from app import REFRESH_TOKEN_LIFETIME, Base, RefreshToken, User, engine, hashed
from sqlalchemy import insert

TOKENS_PER_USER = 10


async def fill(wanted: int) -> list[str]:
    users = max(1, wanted // TOKENS_PER_USER)
    expires = datetime.now(UTC) + REFRESH_TOKEN_LIFETIME
    tokens = [secrets.token_urlsafe(32) for _ in range(wanted)]
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.execute(
            insert(User),
            [{"id": n, "name": f"user-{n}", "is_active": True} for n in range(1, users + 1)],
        )
        await connection.execute(
            insert(RefreshToken),
            [
                {"token_hash": hashed(token), "user_id": n % users + 1, "expires_at": expires}
                for n, token in enumerate(tokens)
            ],
        )
    await engine.dispose()
    random.shuffle(tokens)
    return tokens


tokens = asyncio.run(fill(int(sys.argv[1])))
Path(sys.argv[2]).write_text("".join(f"{token}\n" for token in tokens))
