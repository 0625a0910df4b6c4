"""The last hours of one segment, a point a minute: what sparklines and charts are drawn from."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

import msgspec

from pipeline.signals import OpenWork, ServiceLevel

MINUTES: Final = 180
"""Points kept."""
_MINUTE_MS: Final = 60_000


class Point(NamedTuple):
    """One minute; times and durations are milliseconds."""

    at: int
    """Time of the newest numbers of the minute."""
    first_reply_ms: int | None
    usual_ms: int | None
    waiting: int


class _FirstReply(msgspec.Struct, frozen=True):
    mean_ms: int | None = None


class _Measure(msgspec.Struct, frozen=True):
    now: _FirstReply = _FirstReply()


class _Durations(msgspec.Struct, frozen=True):
    first_reply: _Measure = _Measure()


class _Window(msgspec.Struct, frozen=True):
    durations: _Durations = _Durations()


class _Work(msgspec.Struct, frozen=True):
    awaiting_first_reply: OpenWork | None = None


class Glance(msgspec.Struct, frozen=True):
    """The few numbers of a service level that a point needs: reading no more than these is several times as fast."""

    as_of: int
    windows: dict[str, _Window] = {}
    work: _Work = _Work()
    first_reply_now_ms: int | None = None
    first_reply_usual_ms: int | None = None

    def point(self, window: str) -> Point:
        """Return the point; without a jump rule on the segment, the mean of `window` stands for the first reply time."""
        waiting = self.work.awaiting_first_reply
        shown = self.first_reply_now_ms
        if shown is None and window in self.windows:
            shown = self.windows[window].durations.first_reply.now.mean_ms
        return Point(self.as_of, shown, self.first_reply_usual_ms, 0 if waiting is None else waiting.count)


class History:
    """The points of one segment, oldest first."""

    __slots__ = ("points",)

    def __init__(self) -> None:
        """Start without a past."""
        self.points: deque[Point] = deque(maxlen=MINUTES)

    def add(self, point: Point) -> None:
        """Add a point; a newer one of the same minute replaces it, an older one says nothing new."""
        if self.points:
            last = self.points[-1]
            if point.at < last.at:
                return
            if point.at // _MINUTE_MS == last.at // _MINUTE_MS:
                self.points.pop()
        self.points.append(point)

    def within(self, minutes: int) -> list[Point]:
        """Return the points of so many minutes up to the newest one."""
        return [point for point in self.points if point.at > self.points[-1].at - minutes * _MINUTE_MS]

    def recent(self, until: int, minutes: int) -> list[int | None]:
        """Return the first reply time of each of the last minutes before and with `until`, ms; `None` before the first point.

        Quiet minutes repeat the one before: nothing was said because nothing changed.
        """
        last = until // _MINUTE_MS
        values: list[int | None] = [None] * minutes
        for point in self.points:
            place = point.at // _MINUTE_MS - last + minutes - 1
            if place < minutes:
                values[max(0, place) :] = [point.first_reply_ms] * (minutes - max(0, place))
        return values


def window_of(level: ServiceLevel, wanted: str) -> str:
    """Return the wanted window where the segment has it, else its first one; empty where it has none."""
    return wanted if wanted in level.windows else next(iter(level.windows), "")
