"""The command line of the benchmarks: `python -m benchmarks COMMAND`."""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import uvloop

from benchmarks import in_process, rows
from benchmarks import log_outs as following
from benchmarks.filling import KIBIBYTE_OF_CLAIMS
from benchmarks.peer_rows import PEERS
from benchmarks.report import Report, SoakReport, circumstances, markdown
from benchmarks.rounds import Plan, Row, memory_over
from benchmarks.workplace import Workplace

DATABASES = ("SQLite", "Postgres")
TARGETS = {
    "refresh": "bench",
    "peers": "bench-peers",
    "proofs": "bench-proofs",
    "scale": "bench-scale",
    "soak": "soak",
}


@click.group()
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=5.0, show_default=True, help="Load on a row in a round.")
@click.option("--warm-up", default=2.0, show_default=True, help="Seconds of load before that.")
@click.option("--only", default="", help="Only rows whose name this pattern finds, and L1.")
@click.option("--page", type=Path, help="Markdown file to write.")
@click.pass_context
def main(
    context: click.Context,
    rounds: int,
    seconds: float,
    warm_up: float,
    only: str,
    page: Path | None,
) -> None:
    """Measure Remint against the bare framework, against its peers and against its own growth."""

    def report(
        title: str,
        candidates: Sequence[Row],
        folder: Path,
        notes: Sequence[str],
        kind: type[Report] = Report,
        minutes: float | None = None,
    ) -> None:
        wanted = [row for row in candidates if row.name == rows.FLOOR or re.search(only, row.name)]
        in_time = minutes and math.ceil(minutes * 60 / (seconds * len(wanted)))
        plan = Plan(in_time or rounds, seconds, warm_up)
        results = plan.measure(wanted, folder)
        found = kind(
            title,
            f"make {TARGETS[context.invoked_subcommand or '']}",
            plan,
            results,
            rows.FLOOR,
            notes,
        )
        click.echo(f"\n{found.text()}")
        if page:
            found.write(page)

    context.obj = report


Reporter = Callable[..., None]


@main.command()
@click.option("--sessions", default=1_000_000, show_default=True)
@click.option("--database", "databases", multiple=True, default=DATABASES)
@click.pass_obj
def refresh(report: Reporter, sessions: int, databases: Sequence[str]) -> None:
    """Refreshes and log-ins against an empty handler of the same framework."""
    with Workplace.open() as place:
        candidates = rows.baselines(place.made_up)
        for database in databases:
            filled = place.filled(database, sessions)
            candidates += rows.refreshes(database, filled)
            candidates += [rows.by_oauth(database, filled), rows.lonely(database, filled)]
            candidates += [rows.unobserved(database, filled)]
            candidates += [rows.log_ins(database, filled), rows.openings(database, filled)]
            claimed = place.filled(database, sessions, KIBIBYTE_OF_CLAIMS)
            candidates += [rows.claiming(database, claimed)]
            if database == "SQLite":
                candidates += rows.on_a_slow_disk(database, filled, place.slow_disk())
        report("What a refresh costs", candidates, place.folder, [f"{sessions:,} sessions."])


@main.command()
@click.option("--sessions", default=100_000, show_default=True)
@click.option("--proofs", "count", default=60_000, show_default=True, help="More than requests.")
@click.option("--database", "databases", multiple=True, default=DATABASES)
@click.pass_obj
def proofs(report: Reporter, sessions: int, count: int, databases: Sequence[str]) -> None:
    """Refreshes with a proof of possession; the proofs are made before, so it takes minutes."""
    with Workplace.open() as place:
        candidates = rows.baselines(place.made_up)[1:2]
        for database in databases:
            candidates += rows.proving(database, place.filled(database, sessions), count)
        note = f"{sessions:,} sessions. ES256; every proof counts once, at all instances."
        report("What a proof of possession costs", candidates, place.folder, [note])


@main.command()
@click.option("--sessions", default=100_000, show_default=True)
@click.pass_obj
def peers(report: Reporter, sessions: int) -> None:
    """The same refreshes compared with other implementations, on the same Postgres."""
    with Workplace.open() as place:
        candidates = rows.baselines(place.made_up)[1:2]
        candidates += rows.refreshes("Postgres", place.filled("Postgres", sessions))
        candidates += [peer.row(place, sessions) for peer in PEERS]
        note = f"{sessions:,} sessions each; see [the peers](../../benchmarks/peers/README.md)."
        report("Remint compared with its peers", candidates, place.folder, [note])


@main.command()
@click.option("--sessions", "sizes", multiple=True, type=int, default=(10_000, 10_000_000))
@click.option("--database", "databases", multiple=True, default=DATABASES)
@click.pass_obj
def scale(report: Reporter, sizes: Sequence[int], databases: Sequence[str]) -> None:
    """The same refreshes in small and in very large tables."""
    with Workplace.open() as place:
        candidates = rows.baselines(place.made_up)[1:2]
        for database in databases:
            for size in sizes:
                name = f"{database}, {size:,} sessions"
                candidates += rows.refreshes(name, place.filled(database, size))
        place.warm_up()
        note = "The machine has all tables in memory, as after hours of use."
        report("How cost grows with the table", candidates, place.folder, [note])


@main.command()
@click.option("--minutes", default=10.0, show_default=True, help="At least.")
@click.option("--sessions", default=1_000_000, show_default=True)
@click.option("--database", "databases", multiple=True, default=DATABASES)
@click.pass_obj
def soak(report: Reporter, minutes: float, sessions: int, databases: Sequence[str]) -> None:
    """Load for a long time: it fails at the first wrong answer, and shows what memory does."""
    with Workplace.open() as place:
        candidates = []
        for database in databases:
            filled = place.filled(database, sessions)
            candidates += [*rows.refreshes(database, filled), rows.log_ins(database, filled)]
        notes = [f"{sessions:,} sessions.", "Not one answer was wrong, late or missing."]
        report("Under load for long", candidates, place.folder, notes, SoakReport, minutes)


@main.command("log-outs")
@click.option("--sessions", default=100_000, show_default=True)
@click.option("--log-outs", "count", default=60, show_default=True)
@click.option("--database", "databases", multiple=True, default=DATABASES)
@click.pass_context
def log_outs(context: click.Context, sessions: int, count: int, databases: Sequence[str]) -> None:
    """How soon a log-out reaches the services that follow."""
    with Workplace.open() as place:
        reached = [
            result
            for database in databases
            for result in following.measure(
                database, place.filled(database, sessions), count, place.folder
            )
        ]
    facts = [
        *circumstances("make bench-log-outs"),
        f"{following.FOLLOWERS} services follow two instances of one database, by long polls.",
        "Times begin when a log-out is sent and end when a service has read of it.",
    ]
    cells = [following.HEADINGS, *(result.cells() for result in reached)]
    text = markdown("How soon a log-out reaches services", facts, cells)
    click.echo(text)
    page = context.parent.params["page"] if context.parent else None
    if page:
        page.write_text(text)


@main.command()
@click.option("--database", type=click.Choice(DATABASES), default=DATABASES[0], show_default=True)
@click.option("--requests", default=4_000, show_default=True)
@click.option("--rounds", default=7, show_default=True)
def cpu(database: str, requests: int, rounds: int) -> None:
    """CPU per request in process: steady on a busy machine, for use while changing code."""
    with Workplace.open() as place:
        # As many rotating sessions as are presented, so that none comes up twice.
        filled = place.filled(database, 2 * requests * (rounds + 1))
        costs = uvloop.run(in_process.measure(filled, requests, rounds))
    for name, cost in costs.items():
        ratio = costs[in_process.FLOOR] / cost
        click.echo(f"{name:32} {cost:6.0f} µs  {ratio:.2f} of L1", err=True)


@main.command()
@click.option("--requests", default=500_000, show_default=True)
@click.option("--sessions", default=1_000_000, show_default=True)
@click.option("--database", "databases", multiple=True, default=DATABASES)
def memory(requests: int, sessions: int, databases: Sequence[str]) -> None:
    """Resident memory of a worker over very many requests: it must stay flat."""
    with Workplace.open() as place:
        for database in databases:
            for row in rows.refreshes(database, place.filled(database, sessions)):
                grown = ", ".join(
                    f"{point:.0f}" for point in memory_over(row, requests, place.folder)
                )
                click.echo(f"{row.name}: {grown} MB")


if __name__ == "__main__":
    main()
