"""Owns the base of the bodies that hold a password or a token, and the rules for such texts."""

from typing import Annotated, Any

from msgspec import Meta, Struct

ANYTHING_BUT_NUL = r"^[^\u0000]*$"
NOT_BLANK = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"

PresentedToken = Annotated[
    str,
    Meta(
        description="The refresh token, as it was issued.",
        examples=["rmt1_AZ3kq2v0dX6bq5xk0o0b1wAAAAA"],
        min_length=1,
        max_length=1024,
        pattern=NOT_BLANK,
    ),
]


class Confidential(Struct, frozen=True):
    """A body that holds a password or a token: its repr shows none of it."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Nothing, for tools that would show more."""
        return []
