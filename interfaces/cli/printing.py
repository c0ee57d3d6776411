"""Owns how results are printed: aligned columns for people, JSON lines for programs."""

import json
import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from interfaces.durations import write_duration

Record = Mapping[str, Any]
"""One printed thing: camelCase names, as over HTTP."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs: one object a line."
)


def print_record(record: Record, sentence: str, *, as_json: bool) -> None:
    """One result: the record for programs, the sentence for people."""
    click.echo(_json(record) if as_json else printable(sentence))


async def print_pages(
    pages: AsyncIterator[Sequence[Record]], *, as_json: bool, if_none: str
) -> None:
    """Many results, page after page; the sentence `if_none` if there are none."""
    is_first = True
    async for page in pages:
        print_records(page, as_json=as_json, headed=is_first, if_none=if_none if is_first else "")
        is_first = False


def print_records(
    records: Sequence[Record], *, as_json: bool, headed: bool = True, if_none: str = ""
) -> None:
    """Some results. If there are none, people get the sentence `if_none`, on standard error."""
    if records:
        lines = map(_json, records) if as_json else _columns(records, headed=headed)
        click.echo("\n".join(lines))
    elif if_none and not as_json:
        click.echo(if_none, err=True)


def printable(text: str) -> str:
    """The text without control characters, because clients choose the names of devices."""
    return "".join("?" if unicodedata.category(c) in {"Cc", "Cf", "Cs"} else c for c in text)


def _json(record: Record) -> str:
    return json.dumps(record, default=_iso)


def _iso(value: datetime) -> str:
    return value.isoformat()


def _columns(records: Sequence[Record], *, headed: bool) -> list[str]:
    names = list(records[0])
    rows = [[_heading(name) for name in names]] if headed else []
    rows += [[_words(record[name]) for name in names] for record in records]
    widths = [max(len(row[column]) for row in rows) for column in range(len(names))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _heading(name: str) -> str:
    return "".join(f" {c}" if c.isupper() else c.upper() for c in name)


def _words(value: object) -> str:
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return printable(", ".join(value))
    if isinstance(value, timedelta):
        return write_duration(value)
    return printable(f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value))
