"""Dates with hours of their own, as a configuration writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeAlias

FIRST_YEAR, LAST_YEAR = 2015, 2045
"""Rules such as "DE" or "every 25 December" are written out for these years: always the same ones, whatever year it is."""


class SpecialDay(NamedTuple):
    """One date."""

    name: str
    hours: tuple[tuple[str, str], ...] = ()
    """Open from, until, as `HH:MM:SS`; none: closed."""


SpecialDays: TypeAlias = dict[date, SpecialDay]


def merged(layers: Iterable[Mapping[date, SpecialDay]]) -> SpecialDays:
    """Return all dates of all layers; a later layer replaces what an earlier one says of a date."""
    days: SpecialDays = {}
    for layer in layers:
        days.update(layer)
    return dict(sorted(days.items()))


def as_tables(days: Mapping[date, SpecialDay]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the tables `special` and `names` of a calendar."""
    special = {
        on.isoformat(): [{"since": since, "until": until} for since, until in day.hours] for on, day in sorted(days.items())
    }
    return special, {on.isoformat(): day.name for on, day in sorted(days.items()) if day.name}


def as_toml(days: Mapping[date, SpecialDay], calendar: str) -> str:
    """Return the same as text to paste under `[domain.calendars.NAME]`."""
    special, names = as_tables(days)
    lines = [f"[domain.calendars.{_key(calendar)}.special]"]
    for on, intervals in special.items():
        hours = ", ".join(f'{{ since = "{one["since"]}", until = "{one["until"]}" }}' for one in intervals)
        lines.append(f'"{on}" = [{hours}]')
    lines += ["", f"[domain.calendars.{_key(calendar)}.names]"]
    lines += [f'"{on}" = {_quoted(name)}' for on, name in names.items()]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(one):04x}" if ord(one) < 0x20 or ord(one) == 0x7F else one for one in escaped) + '"'
