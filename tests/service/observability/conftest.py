"""Servers to watch."""

from tests.service.end_to_end import conftest as end_to_end

open_house = end_to_end.open_house
