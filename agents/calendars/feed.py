"""Holidays and special hours from an iCalendar file (RFC 5545), as help desks, Google and public authorities hand them out.

An event for whole days closes them. An event with times is the opening hours of its date, by the calendar's own clock, and
goes before a closed day on the same date. Rules ("every 25 December") are written out. Cancelled events do not count, nor
what Google's holiday calendars mark as an observance: such days are no holidays (St. Martin's Day).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agents.calendars.special import FIRST_YEAR, LAST_YEAR, SpecialDay, SpecialDays

MOST_BYTES = 5 << 20
_DAY = timedelta(days=1)


class FeedError(ValueError):
    """The file cannot be used; the message says why."""


def read(path: Path, zone: str, skip: Collection[str] = ()) -> SpecialDays:
    """Return the dates that a file tells of.

    Args:
        path: the file.
        zone: the calendar's zone: an event with times stands on the date that this zone's clock then shows.
        skip: summaries of events that do not count.

    Raises:
        FeedError: it cannot be read, is no iCalendar, or holds an event with times that is longer than a day.

    """
    try:
        if path.stat().st_size > MOST_BYTES:
            msg = f"{path} is larger than {MOST_BYTES >> 20} MiB: is it a calendar of holidays?"
            raise FeedError(msg)
        text = path.read_bytes()
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise FeedError(msg) from None
    return _days(text, path, ZoneInfo(zone), {name.casefold() for name in skip})


def _days(text: bytes, path: Path, zone: ZoneInfo, skip: Collection[str]) -> SpecialDays:
    closed: SpecialDays = {}
    hours: dict[date, list[tuple[str, str]]] = {}
    names: dict[date, str] = {}
    for event in _events(text, path):
        name = str(event.get("SUMMARY", "")).strip()
        if name.casefold() in skip or _does_not_count(event):
            continue
        since, until = event["DTSTART"].dt, event["DTEND"].dt
        if isinstance(since, datetime):
            on, opening = _opening(since, until, zone, name)
            hours.setdefault(on, []).append(opening)
            names.setdefault(on, name)
        else:
            for number in range(max(1, (until - since).days)):
                closed[since + number * _DAY] = SpecialDay(name)
    opened = {on: SpecialDay(names[on], tuple(sorted(set(openings)))) for on, openings in hours.items()}
    return dict(sorted((closed | opened).items()))


def _events(text: bytes, path: Path) -> Iterator[Any]:
    import recurring_ical_events  # noqa: PLC0415 - a third of a second, for those who have a file only
    from icalendar import Calendar  # noqa: PLC0415 - the same

    try:
        calendar = Calendar.from_ical(text)
        found = recurring_ical_events.of(calendar).between(date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        msg = f"{path} is no iCalendar file: {str(error)[:200]}"
        raise FeedError(msg) from None
    yield from sorted(found, key=lambda event: (str(event["DTSTART"].dt), str(event.get("SUMMARY", ""))))


def _does_not_count(event: Any) -> bool:
    cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    return cancelled or str(event.get("DESCRIPTION", "")).lstrip().startswith("Observance")


def _opening(since: datetime, until: datetime, zone: ZoneInfo, name: str) -> tuple[date, tuple[str, str]]:
    opens, closes = (moment.astimezone(zone) if moment.tzinfo else moment for moment in (since, until))
    if not timedelta() < closes.replace(tzinfo=None) - opens.replace(tzinfo=None) <= _DAY:
        msg = f"the event {name[:60]!r} on {opens.date()} has times and does not last between a moment and a day"
        raise FeedError(msg)
    return opens.date(), (opens.time().isoformat(), closes.time().isoformat())
