"""The table of metrics in the documents, made from the instruments themselves."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from infrastructure.telemetry.metrics import Instruments
from interfaces.http.server.connection_budget import ConnectionBudget
from interfaces.http.server.metrics import HttpMetrics


def instruments() -> list[Any]:
    """Everything that the service registers of its own, by name."""
    registry = CollectorRegistry()
    owners = (HttpMetrics(registry), Instruments(registry), ConnectionBudget(1, registry))
    registered = {
        instrument
        for owner in owners
        for instrument in vars(owner).values()
        if isinstance(instrument, (Counter, Gauge, Histogram))
    }
    assert len(registered) == len(list(registry.collect()))
    return sorted(registered, key=name_of)


def name_of(instrument: Any) -> str:
    """As Prometheus knows it; of a histogram, without `_bucket`, `_sum` and `_count`."""
    [family] = instrument.describe()
    return f"{family.name}_total" if family.type == "counter" else str(family.name)


def sample_names() -> set[str]:
    """Every name that a query can use."""
    endings = {"histogram": ("_bucket", "_sum", "_count")}
    return {
        name_of(instrument) + ending
        for instrument in instruments()
        for ending in endings.get(_type_of(instrument), ("",))
    }


def metrics_table() -> str:
    rows = ["| Metric | Type | Labels | Meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{name_of(each)}` | {_type_of(each)} | {_labels_of(each)} | {_meaning_of(each)} |"
        for each in instruments()
    ]
    return "\n".join(rows)


def _type_of(instrument: Any) -> str:
    return str(instrument.describe()[0].type)


def _labels_of(instrument: Any) -> str:
    return ", ".join(f"`{label}`" for label in instrument._labelnames)


def _meaning_of(instrument: Any) -> str:
    return str(instrument.describe()[0].documentation)


if __name__ == "__main__":
    print(metrics_table())
