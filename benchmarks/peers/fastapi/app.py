"""A refresh endpoint as tutorials have it: ORM models, a session per request, a row per token."""

import hashlib
import os
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import DateTime, ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

SECRET = os.environ["PEER_SECRET"]
REFRESH_TOKEN_LIFETIME = timedelta(days=30)
ACCESS_TOKEN_LIFETIME = 600

engine = create_async_engine(os.environ["PEER_DATABASE_URL"], pool_size=20)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class RefreshToken(Base):
    __tablename__ = "refresh_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    user: Mapped[User] = relationship(lazy="joined")


class RefreshRequest(BaseModel):
    refresh_token: str


class TokenPair(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str = "bearer"


async def database() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@app.post("/refresh", response_model=TokenPair)
async def refresh(
    body: RefreshRequest, session: Annotated[AsyncSession, Depends(database)]
) -> TokenPair:
    now = datetime.now(UTC)
    found = await session.scalar(
        select(RefreshToken).where(RefreshToken.token_hash == hashed(body.refresh_token))
    )
    if found is None or found.revoked_at or found.expires_at < now or not found.user.is_active:
        raise HTTPException(401, "Invalid refresh token")
    found.revoked_at = now
    successor = secrets.token_urlsafe(32)
    session.add(
        RefreshToken(
            token_hash=hashed(successor),
            user_id=found.user_id,
            expires_at=now + REFRESH_TOKEN_LIFETIME,
        )
    )
    await session.commit()
    issued = int(time.time())
    claims = {"sub": str(found.user_id), "iat": issued, "exp": issued + ACCESS_TOKEN_LIFETIME}
    return TokenPair(access_token=jwt.encode(claims, SECRET, "HS256"), refresh_token=successor)
