"""Business hours: how much of a time span a calendar is open, and when a promised amount of open time has passed.

A calendar is open at an instant exactly when its zone's wall clock then reads a date and time inside an interval. An
interval belongs to the date on which it begins: one that runs over midnight goes on into the next date, whatever that
date's own hours are. Dated (`special`) hours replace the weekday's; weekly hours may change on a date (`versions`). So
when clocks go forward, hours that the clock does not show are not worked; when they go back, hours that it shows twice
are worked twice. Intervals that overlap count once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from typing import NamedTuple, TypeAlias

from pipeline.config import DAY_MS, Domain
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.tickets.offsets import CHUNK_MS, spans

END_MS = 7_258_118_400_000
"""2200-01-01T00:00:00Z: open time that is not reached before then never comes."""

_Range: TypeAlias = tuple[int, int]
"""From, until: milliseconds of a day's wall clock, or UTC."""
_EPOCH_WEEKDAY = date(1970, 1, 1).weekday()
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class _Day(NamedTuple):
    own: tuple[_Range, ...]
    """Open on the date itself."""
    next: tuple[_Range, ...]
    """Open on the date after."""


class _Chunk(NamedTuple):
    starts: list[int]
    ends: list[int]
    after: list[int]
    """Open time from the anchor to each end."""
    base: int
    """Open time from the anchor to the chunk's begin; negative to the left of the anchor."""

    @property
    def total(self) -> int:
        """Return the open time from the anchor to the chunk's end."""
        return self.after[-1] if self.after else self.base


class Calendar:
    """One calendar, compiled. Times are milliseconds since the Unix epoch, UTC; tables grow by the year as they are asked for."""

    __slots__ = ("_always", "_chunks", "_first", "_from", "_last", "_special", "_weeks", "_zone", "name", "version")

    def __init__(self, name: str, model: CalendarModel) -> None:
        """Compile a calendar. The model has made sure that some weekday has open hours."""
        self.name = name
        self.version = model.version
        self._zone = model.zone
        self._always = not model.hours and not model.special and not any(one.hours for one in model.versions)
        self._from = [_number(one.since) for one in model.versions]
        self._weeks = tuple(_week(hours) for hours in (model.hours, *(one.hours for one in model.versions)))
        self._special = {_number(on): _day(intervals) for on, intervals in model.special.items()}
        self._chunks: dict[int, _Chunk] = {}
        self._first = self._last = 0

    def is_open(self, at_ms: int) -> bool:
        """Return whether the calendar is open at this instant."""
        if self._always:
            return True
        chunk = self._chunks.get(at_ms // CHUNK_MS) or self._chunk(at_ms // CHUNK_MS)
        index = bisect_right(chunk.starts, at_ms) - 1
        return index >= 0 and at_ms < chunk.ends[index]

    def elapsed(self, since_ms: int, until_ms: int) -> int:
        """Return the open time, ms, in `[since, until)`; 0 where `until` is not after `since`."""
        if until_ms <= since_ms:
            return 0
        if self._always:
            return until_ms - since_ms
        return self._position(until_ms) - self._position(since_ms)

    def add(self, start_ms: int, duration_ms: int) -> int:
        """Return the earliest time, not before the start, by which `duration_ms` of open time has passed since the start.

        `END_MS` where that much does not come before the year 2200.
        """
        if duration_ms <= 0:
            return start_ms
        if self._always:
            return start_ms + duration_ms
        target = self._position(start_ms) + duration_ms
        index = start_ms // CHUNK_MS
        while (chunk := self._chunks.get(index) or self._chunk(index)).total < target:
            index += 1
            if index * CHUNK_MS >= END_MS:
                return END_MS
        at = bisect_left(chunk.after, target)
        return chunk.ends[at] - (chunk.after[at] - target)

    def opens_at(self, at_ms: int) -> int | None:
        """Return when the calendar is next open: `at_ms` itself where it is open then; `None` where not before 2200."""
        return at_ms if self.is_open(at_ms) else self._next_start(at_ms)

    def closes_at(self, at_ms: int) -> int | None:
        """Return when the calendar is next closed: `at_ms` itself where it is closed then; `None` where not before 2200."""
        if self._always:
            return None
        while self.is_open(at_ms):
            chunk = self._chunk(at_ms // CHUNK_MS)
            at_ms = chunk.ends[bisect_right(chunk.starts, at_ms) - 1]  # an end of a chunk may be no end of the opening
            if at_ms >= END_MS:
                return None
        return at_ms

    def _next_start(self, at_ms: int) -> int | None:
        for number in range(at_ms // CHUNK_MS, END_MS // CHUNK_MS):
            chunk = self._chunk(number)
            index = bisect_right(chunk.starts, at_ms)
            if index < len(chunk.starts):
                return chunk.starts[index]
        return None

    def _position(self, at_ms: int) -> int:
        """Return the open time from the anchor to an instant."""
        number = at_ms // CHUNK_MS
        chunk = self._chunks.get(number) or self._chunk(number)
        index = bisect_right(chunk.starts, at_ms) - 1
        if index < 0:
            return chunk.base
        end = chunk.ends[index]
        return chunk.after[index] if at_ms >= end else chunk.after[index] - end + at_ms

    def _chunk(self, number: int) -> _Chunk:
        """Return a chunk, building every one between what there is and `number`."""
        if not self._chunks:
            self._first = self._last = number
            self._chunks[number] = self._built(number, 0)
        while self._last < number:
            base = self._chunks[self._last].total
            self._last += 1
            self._chunks[self._last] = self._built(self._last, base)
        while self._first > number:
            base = self._chunks[self._first].base
            self._first -= 1
            self._chunks[self._first] = self._built(self._first, base - self._built(self._first, 0).total)
        return self._chunks[number]

    def _built(self, number: int, base: int) -> _Chunk:
        starts: list[int] = []
        ends: list[int] = []
        for start, end in self._open(number):
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        after: list[int] = []
        total = base
        for start, end in zip(starts, ends, strict=True):
            total += end - start
            after.append(total)
        return _Chunk(starts, ends, after, base)

    def _open(self, number: int) -> Iterator[_Range]:
        """Yield the open ranges of a chunk in UTC, in order of their start."""
        for since, until, offset in spans(self._zone, number):
            for day in range((since + offset) // DAY_MS, (until - 1 + offset) // DAY_MS + 1):
                midnight = day * DAY_MS - offset
                for start, end in sorted((*self._day(day - 1).next, *self._day(day).own)):
                    if (start := max(midnight + start, since)) < (end := min(midnight + end, until)):
                        yield start, end

    def _day(self, day: int) -> _Day:
        special = self._special.get(day)
        if special is not None:
            return special
        return self._weeks[bisect_right(self._from, day)][(day + _EPOCH_WEEKDAY) % 7]


class Calendars:
    """The calendars of a domain, compiled once."""

    def __init__(self, domain: Domain) -> None:
        """Compile them all."""
        self.by_name = {name: Calendar(name, model) for name, model in domain.calendars.items()}
        self._default = self.by_name[domain.default_calendar]
        self._by_queue = {queue: self.by_name[name] for queue, name in domain.queue_calendars.items()}
        self._by_team = {team: self.by_name[name] for team, name in domain.team_calendars.items()}
        self._named = {**self.by_name, "": Calendar("", CalendarModel())}

    def of(self, queue: str, team: str = "") -> Calendar:
        """Return the queue's calendar, else the team's, else the default one."""
        found = self._by_queue.get(queue)
        return self._by_team.get(team, self._default) if found is None else found

    def named(self, name: str) -> Calendar:
        """Return the calendar of this name; the empty one is every hour, one that the configuration dropped is the default."""
        return self._named.get(name, self._default)


def _number(on: date) -> int:
    """Return a date's number: days since the epoch."""
    return on.toordinal() - _EPOCH_ORDINAL


def _week(hours: Mapping[Weekday, Sequence[Interval]]) -> tuple[_Day, ...]:
    whole = (Interval(since=time(), until=time()),)
    return tuple(_day(hours.get(weekday, ()) if hours else whole) for weekday in Weekday)


def _day(intervals: Iterable[Interval]) -> _Day:
    own: list[_Range] = []
    following: list[_Range] = []
    for interval in intervals:
        since, until = _of_day(interval.since), _of_day(interval.until)
        if since < until:
            own.append((since, until))
            continue
        own.append((since, DAY_MS))
        if until:
            following.append((0, until))
    return _Day(tuple(own), tuple(following))


def _of_day(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1000 + at.microsecond // 1000
