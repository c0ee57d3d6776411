"""What this interface refuses before, or instead of, asking a use case."""

from collections.abc import Sequence
from datetime import timedelta


class MalformedJson(Exception):
    """The body is not JSON in UTF-8, or has a name twice in one object."""


class InvalidRequest(Exception):
    """The body is JSON, and not what the operation asks for."""

    def __init__(self, field: str = "") -> None:
        super().__init__()
        self.field = field


class UnsupportedMediaType(Exception):
    """The body is not UTF-8 `application/json` without content coding (checklist H5)."""


class BodyTooLarge(Exception):
    """The body is longer than the settings allow (checklist H6)."""


class BodyTooSlow(Exception):
    """The body did not arrive in time."""


class HeadTooLarge(Exception):
    """The request's head, its headers that is, is longer than anybody needs."""


class HeadTooSlow(Exception):
    """The request's head did not arrive in time."""


class ClientGone(Exception):
    """The client broke the connection off; nobody reads the answer."""


class NotReady(Exception):
    """The instance must not receive requests now."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__()
        self.problems = problems
        self.retry_after = timedelta(seconds=5)
