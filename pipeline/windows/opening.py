"""Whether somebody is there: what a service level says of the hours of its queue, team or channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipeline.config import Domain
from pipeline.signals import Opening
from pipeline.tickets.calendar import END_MS, Calendar, Calendars

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Channel(NamedTuple):
    name: str
    to: str
    calendar: Calendar


class _Hours(NamedTuple):
    calendar: Calendar
    zone: ZoneInfo
    channels: tuple[_Channel, ...]
    """With a fallback."""


class Openings:
    """The hours behind segments. Each answer is kept for as long as it holds: it is asked for at every tick."""

    __slots__ = ("_calendars", "_domain", "_hours", "_kept")

    def __init__(self, domain: Domain) -> None:
        """Compile the calendars."""
        self._domain = domain
        self._calendars = Calendars(domain)
        self._hours: dict[tuple[str, str, str], _Hours] = {}
        self._kept: dict[tuple[str, str, str], tuple[int, int, Opening | None]] = {}

    def of(self, pairs: Mapping[str, str], at_ms: int) -> Opening | None:
        """Return the hours of a segment (dimension -> value) at a time, ms.

        `None` where it names neither queue nor team, and where it never closes.
        """
        queue, team = pairs.get("queue"), pairs.get("team")
        if queue is None and team is None:
            return None
        key = (queue or "", team or "", pairs.get("channel", ""))
        kept = self._kept.get(key)
        if kept is None or not kept[0] <= at_ms < kept[1]:
            hours = self._hours.get(key) or self._hours.setdefault(key, self._hours_of(*key))
            kept = self._kept[key] = (at_ms, *_opening(hours, at_ms))
        return kept[2]

    def _hours_of(self, queue: str, team: str, channel: str) -> _Hours:
        calendar = self._calendars.of(queue, team)
        channels: dict[str, _Channel] = {}
        for one in self._domain.fallbacks:
            if (not one.queues or queue in one.queues) and channel in ("", one.channel.value):
                own = self._calendars.by_name[one.calendar] if one.calendar else calendar
                channels.setdefault(one.channel.value, _Channel(one.channel.value, one.to.value, own))
        if channel in channels:
            calendar = channels[channel].calendar
        return _Hours(calendar, ZoneInfo(self._domain.calendars[calendar.name].zone), tuple(channels.values()))


def _opening(hours: _Hours, at_ms: int) -> tuple[int, Opening | None]:
    """Return until when the answer holds, and the answer."""
    is_open = hours.calendar.is_open(at_ms)
    changes = {
        calendar.name: _change(calendar, at_ms) for calendar in (hours.calendar, *(one.calendar for one in hours.channels))
    }
    instead = {one.name: one.to for one in hours.channels if not one.calendar.is_open(at_ms)}
    until = min(changes.values())
    if is_open and until >= END_MS and not instead:
        return END_MS, None
    changes_at = changes[hours.calendar.name]
    known = changes_at if changes_at < END_MS else None
    return until, Opening(
        open=is_open,
        opens_at=None if is_open else known,
        closes_at=known if is_open else None,
        instead=instead,
        summary=_summary(hours.zone, known, instead, is_open=is_open),
    )


def _change(calendar: Calendar, at_ms: int) -> int:
    change = calendar.closes_at(at_ms) if calendar.is_open(at_ms) else calendar.opens_at(at_ms)
    return END_MS if change is None else change


def _summary(zone: ZoneInfo, changes_at: int | None, instead: Mapping[str, str], *, is_open: bool) -> str:
    text = "open" if is_open else "closed"
    if changes_at is not None:
        moment = (_EPOCH + timedelta(milliseconds=changes_at)).astimezone(zone)
        text += f" until {moment:%a %Y-%m-%d %H:%M}" if is_open else f", opens {moment:%a %Y-%m-%d %H:%M}"
        text += f" ({zone.key})"
    if not is_open and len(set(instead.values())) == 1:
        return f"{text}, use {next(iter(instead.values()))}"
    return text + "".join(f"; {channel} is closed, use {to}" for channel, to in instead.items())
