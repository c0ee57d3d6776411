"""The README names every setting, with its default, as the code has it."""

from pathlib import Path

from tests.support.checks.settings_table import settings_table

README = Path(__file__).parents[3] / "README.md"


def test_the_readme_table_is_the_one_made_from_the_settings() -> None:
    """`python -m tests.support.checks.settings_table` prints it."""
    assert settings_table() in README.read_text(encoding="utf-8")
