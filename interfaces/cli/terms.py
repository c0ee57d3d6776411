"""Owns the options that choose the terms of a client."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import click

from domain.bounds import MOST_SESSIONS
from domain.clients import Permission
from domain.sessions import Renewal
from interfaces.durations import read_duration

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT = "default"
"""The word that lets a term follow the settings again."""
LISTS = ("may", "audiences", "scopes")


class OrDefault(click.ParamType[Any]):
    """A value of another type, or the word `default`, which becomes None."""

    def __init__(self, type_: click.ParamType[Any]) -> None:
        self._type = type_
        self.name = type_.name

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        return self._type.get_metavar(param, ctx)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return DEFAULT if value == DEFAULT else self._type.convert(value, param, ctx)


class Duration(click.ParamType[timedelta]):
    """A duration as settings write it."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        try:
            return read_duration(value)
        except ValueError:
            self.fail(f"{value!r} is not a duration such as 90, 10m, 1h30m or 14d.", param, ctx)


_OPTIONS = [
    click.option(
        "--may",
        multiple=True,
        type=click.Choice([permission.value for permission in Permission]),
        help="A permission at the back-end API. Repeat the option for more.",
    ),
    click.option(
        "--audience",
        "audiences",
        multiple=True,
        help="An audience that its JWTs can have, the first by default. Repeat it for more.",
    ),
    click.option(
        "--scope",
        "scopes",
        multiple=True,
        help="A scope that its JWTs can have. Repeat it for more.",
    ),
    click.option(
        "--renewal",
        type=click.Choice([*(renewal.value for renewal in Renewal), DEFAULT]),
        help="In place of sessions.renewal.",
    ),
    click.option("--lifetime", type=OrDefault(Duration()), help="In place of sessions.lifetime."),
    click.option("--idle", type=OrDefault(Duration()), help="In place of sessions.idle."),
    click.option(
        "--session-limit",
        type=OrDefault(click.IntRange(1, MOST_SESSIONS)),
        help="In place of sessions.limit.",
    ),
]


def terms_options(command: Command) -> Command:
    """Give a command the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen_terms(given: Mapping[str, Any]) -> dict[str, Any]:
    """The terms that the options choose, as members of ClientTerms; the others are left out.

    Raises:
        UsageError: a list is given and emptied at once.
    """
    chosen = {name: _term(name, value) for name, value in given.items() if value}
    for name in LISTS:
        if chosen.pop(f"no_{name}", False):
            if name in chosen:
                raise click.UsageError("An option and its --no- form exclude each other.")
            chosen[name] = ()
    return chosen


def _term(name: str, value: Any) -> Any:
    if value == DEFAULT:
        return None
    match name:
        case "may":
            return tuple(map(Permission, value))
        case "renewal":
            return Renewal(value)
    return value
