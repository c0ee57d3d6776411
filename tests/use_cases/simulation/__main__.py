"""Prints what rotation costs honest clients and how soon it finds a clone; always the same."""

import argparse
import asyncio
import random
import statistics

from tests.use_cases.simulation.world import JWT_LIFE, Device, Figures, Network, a_timeline

SEED = 20_260_601
LOSSES = (0.0, 0.05, 0.20)
CLIENTS = {
    "one client that retries after 5, 10, 20 … s": (1, True),
    "one client that waits for its next turn": (1, False),
    "4 racing tabs that retry": (4, True),
    "4 racing tabs that wait for their next turn": (4, False),
}
"""How many tabs a client has, and whether it tries again at once."""


async def honest_log_outs(tabs: int, retries: bool, loss: float, refreshes: int) -> int:
    """How often a client without a thief loses its session."""
    figures, timeline = Figures(), await a_timeline()
    network = Network(random.Random(SEED), loss)
    await Device(timeline, network, figures, tabs, retries).start()
    await timeline.run_until(lambda: figures.refreshes >= refreshes)
    return figures.log_outs


async def calls_until_found(theft: int, loss: float) -> int:
    """How many refreshes owner and thief make together from a theft until the session ends."""
    figures, timeline = Figures(), await a_timeline()
    network = Network(random.Random(SEED + theft), loss)
    owner = Device(timeline, network, figures, jitter=JWT_LIFE / 5)
    await owner.start()
    stolen_at = network.chance.uniform(5, 15) * JWT_LIFE
    await timeline.run_until(lambda: timeline.now > stolen_at)
    figures.refreshes = 0
    thief = Device(timeline, network, figures, jitter=JWT_LIFE / 5, is_owner=False)
    thief.token = owner.token
    timeline.after(network.chance.uniform(0, JWT_LIFE), thief.start)
    await timeline.run_until(lambda: thief.gave_up or figures.log_outs > 0)
    return figures.refreshes


async def report(refreshes: int, thefts: int) -> None:
    print(f"Honest log-outs per {refreshes:,} refreshes\n")
    print("| | " + " | ".join(f"{loss:.0%} of answers lost" for loss in LOSSES) + " |")
    print("|---" * (len(LOSSES) + 1) + "|")
    for name, (tabs, retries) in CLIENTS.items():
        counts = [await honest_log_outs(tabs, retries, loss, refreshes) for loss in LOSSES]
        print(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    print(f"\nRefreshes by owner and thief until a clone is found, over {thefts:,} thefts\n")
    print("| answers lost | median | mean | 99 of 100 within | most |")
    print("|---|---|---|---|---|")
    for loss in LOSSES:
        calls = sorted([await calls_until_found(theft, loss) for theft in range(thefts)])
        figures = (
            f"{statistics.median(calls):g}",
            f"{statistics.mean(calls):.1f}",
            str(calls[len(calls) * 99 // 100 - 1]),
            str(calls[-1]),
        )
        print(f"| {loss:.0%} | " + " | ".join(figures) + " |")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    arguments.add_argument("--refreshes", type=int, default=20_000)
    arguments.add_argument("--thefts", type=int, default=1_000)
    chosen = arguments.parse_args()
    asyncio.run(report(chosen.refreshes, chosen.thefts))


if __name__ == "__main__":
    main()
