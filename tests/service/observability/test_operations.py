"""What observation adds between a refresh and its statements."""

from infrastructure.telemetry.database_metrics import measured
from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.metrics_text import new_registry
from infrastructure.telemetry.operations import UNOBSERVED, together


def test_with_metrics_and_traces_off_nothing_observes_the_database() -> None:
    instruments = Instruments(new_registry())
    assert together(measured(instruments, enabled=False), UNOBSERVED) is UNOBSERVED


def test_with_metrics_on_and_traces_off_one_observer_measures() -> None:
    registry = new_registry()
    observer = together(measured(Instruments(registry), enabled=True), UNOBSERVED)
    with observer.operation("users.page"):
        pass
    observer.batch("sessions.find").sent(2, [0.5, 0.25])

    def sample(name: str, operation: str) -> float | None:
        return registry.get_sample_value(name, {"operation": operation})

    assert sample("remint_database_operation_duration_seconds_count", "users.page") == 1
    assert sample("remint_database_operation_duration_seconds_sum", "sessions.find") == 0.75
    assert sample("remint_database_batch_size_sum", "sessions.find") == 2
