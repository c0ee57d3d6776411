"""Ports are held for the tests that asked for them, and nothing happens after its test."""

import socket
import threading
import time
from contextlib import closing

import pytest

from testing.waiting import after, free_port, port_is_open


def test_nobody_else_gets_a_port_that_was_given_out() -> None:
    port = free_port()
    with closing(socket.socket()) as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", port))


def test_nobody_listens_on_a_port_that_was_given_out() -> None:
    assert not port_is_open(free_port())


def test_a_server_listens_on_its_port_and_again_after_a_restart() -> None:
    port = free_port()
    for _ in range(2):
        with socket.create_server(("127.0.0.1", port)):
            assert port_is_open(port)


def test_what_comes_after_a_while_comes_within_the_block() -> None:
    happened: list[float] = []
    began = time.monotonic()
    with after(0.05, lambda: happened.append(time.monotonic() - began)):
        assert happened == []
    assert [seconds >= 0.05 for seconds in happened] == [True]


def test_what_was_to_come_never_comes_once_the_block_has_failed() -> None:
    happened = threading.Event()
    with pytest.raises(ZeroDivisionError), after(0.05, happened.set):
        raise ZeroDivisionError
    assert not happened.wait(0.1)
