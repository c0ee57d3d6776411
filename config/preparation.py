"""Prepares database and signing keys once, before several workers start."""

import asyncio
import sys
from importlib import import_module

from domain.errors import Misconfigured
from interfaces.cli.failures import ExitCode, print_failure


def prepare_or_exit() -> None:
    """End this process with a sentence if an operator must act first, and return otherwise.

    An outage ends nothing, because the workers wait for its end.
    """
    # Only the process that prepares loads the service.
    service = import_module("config.wiring.single_command").service_of_this_process(sys.stdout)
    try:
        asyncio.run(service.try_start())
    except Misconfigured as refused:
        print_failure(refused.explanation)
        sys.exit(ExitCode.USAGE)
