"""Only `infrastructure/database/` knows that there are two databases, and chooses in one place."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "infrastructure", "interfaces", "config")
OWNER = ROOT / "infrastructure" / "database"
SETTINGS = ROOT / "config" / "settings" / "sections.py"
"""The form of the setting `database.url`, and its default."""

NAMES = re.compile(r"sqlite|postgres|asyncpg|sqlalchemy")
"""As code writes them; texts for people write SQLite, Postgres and SQLAlchemy."""
CHOICE = re.compile(r"infrastructure\.database(\.| import )(sqlite|postgres)\b")


def lines_with(pattern: re.Pattern[str], *folders: Path) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}"
        for folder in folders
        for file in folder.rglob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_other_package_names_a_database_or_its_driver() -> None:
    found = lines_with(NAMES, *(ROOT / package for package in PACKAGES))
    allowed = (str(OWNER.relative_to(ROOT)) + "/", str(SETTINGS.relative_to(ROOT)) + ":")
    assert [place for place in found if not place.startswith(allowed)] == []
    assert any(place.startswith(allowed[0]) for place in found), "the pattern still finds them"


def test_the_kind_of_database_is_chosen_in_one_place() -> None:
    assert {place.partition(":")[0] for place in lines_with(CHOICE, OWNER)} == {
        "infrastructure/database/database.py"
    }
