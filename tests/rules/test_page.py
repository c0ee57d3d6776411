"""A page of a listing, and whether another one follows."""

import pytest

from domain.page import Page


@pytest.mark.parametrize(
    ("found", "items", "has_more"),
    [([], [], False), ([1], [1], False), ([1, 2], [1, 2], False), ([1, 2, 3], [1, 2], True)],
)
def test_a_page_is_followed_if_one_more_was_found_than_fits(
    found: list[int], items: list[int], has_more: bool
) -> None:
    page = Page.of(found, 2)
    assert (list(page.items), page.has_more) == (items, has_more)
