"""The benchmark still measures what it says it does; how fast anything is, is not asserted."""

from pathlib import Path

import pytest

from benchmarks import rows
from benchmarks.filling import KIBIBYTE_OF_CLAIMS
from benchmarks.load import DishonestLoad, Request, TokensFile, Wrk
from benchmarks.report import Report, SoakReport
from benchmarks.rounds import Plan
from benchmarks.workplace import Workplace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SHORTLY = Plan(rounds=1, seconds=1, warm_up=0)
LONGER = Plan(rounds=1, seconds=5, warm_up=0)


@pytest.mark.parametrize("database", ["SQLite", "Postgres"])
def test_every_row_is_measured_with_nothing_but_correct_answers(database: str) -> None:
    with Workplace.open() as place:
        filled = place.filled(database, 2_000)
        candidates = [
            *rows.baselines(place.made_up),
            *rows.refreshes(database, filled),
            rows.by_oauth(database, filled),
            rows.lonely(database, filled),
            rows.unobserved(database, filled),
            rows.openings(database, filled),
            *rows.proving(f"{database} again", filled, 20_000),
            rows.claiming(database, place.filled(database, 500, KIBIBYTE_OF_CLAIMS)),
            *rows.on_a_slow_disk(database, filled, place.slow_disk()),
        ]
        results = SHORTLY.measure(candidates, place.folder)

    page = Report("Smoke", "make bench", SHORTLY, results, rows.FLOOR).markdown()
    soaked = SoakReport("Smoke", "make soak", SHORTLY, results, rows.FLOOR).markdown()
    for result in results:
        assert result.turns[0].sample.requests > 0
        assert f"| {result.row.name} |" in page
        assert f"| {result.row.name} | {result.turns[0].sample.requests:,} |" in soaked


def test_log_ins_are_measured_as_well() -> None:
    with Workplace.open() as place:
        (result,) = LONGER.measure(
            [rows.log_ins("SQLite", place.filled("SQLite", 10))], place.folder
        )

    assert result.turns[0].sample.requests > 0


def test_a_refused_token_fails_the_run(tmp_path: Path) -> None:
    with Workplace.open() as place:
        tokens = tmp_path / "made-up.tokens"
        tokens.write_text("not-a-token\n" * 100)
        server = rows.remint("SQLite", place.filled("SQLite", 10)).start(place.folder)
        try:
            with pytest.raises(DishonestLoad, match="401"):
                Wrk(Request(), TokensFile(tokens), 2).run(server.url, 1)
        finally:
            server.stop()
