"""Service levels of a segment: every measure in every window against the window before, last week and the month before.

Measures, counters and promises that hold nothing now, in the window before and last week are left out: absent means
no observations. All numbers are integers: floor means, ceiling ranks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from pipeline.catalogue import DEFINITIONS, MERGED
from pipeline.config import Domain, SlaMeasure
from pipeline.measures import HISTOGRAM, INDEX, SUM, Kind, Measure
from pipeline.signals import Change, CounterWindow, DurationStats, MeasureWindow, PromiseWindow, WindowLevels
from pipeline.windows.histogram import rank_of, representative
from pipeline.windows.ratios import Rates
from pipeline.windows.rolling import Parts, Position, Read, RollingWindow, SlotIndex, Sums, Tally
from pipeline.windows.rows import Cell
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, MONTH, WEEK, Slots

_SHARES_PPM = (500_000, 900_000, 950_000)
_KINDS = {INDEX[measure]: DEFINITIONS[measure.value].kind for measure in Measure}
PROMISES = tuple(
    (INDEX[Measure(f"sla_{promise}_met")], INDEX[Measure(f"sla_{promise}_breached")], promise.value) for promise in SlaMeasure
)
_OUTCOMES = {index for met, breached, _ in PROMISES for index in (met, breached)}
COUNTERS = {
    index: measure.value
    for measure, index in INDEX.items()
    if _KINDS[index] in (Kind.COUNTER, Kind.AMOUNT) and index not in _OUTCOMES
}
DURATIONS = {index: measure.value for measure, index in INDEX.items() if _KINDS[index] is Kind.DURATION}
_MERGED = tuple((merged.value, tuple(INDEX[measure] for measure in measures)) for merged, measures in MERGED.items())

_NOTHING = Change(count=0, mean_ms=None, difference_ms=None)
_ZERO = (0, 0)
_Pair: TypeAlias = tuple[int, int] | None
Then: TypeAlias = dict[int, tuple[int, int]]
"""Index of a measure -> sum and number of observations, or a counter's amount as the sum."""

EMPTY = DurationStats(count=0, sum_ms=0, mean_ms=None, p50_ms=None, p90_ms=None, p95_ms=None)


def stats_of(part: Cell) -> DurationStats:
    """Return the figures of one duration measure's part of a tally."""
    count, total = count_and_sum(part)
    if count <= 0:
        return (
            EMPTY if not total else DurationStats(count=count, sum_ms=total, mean_ms=None, p50_ms=None, p90_ms=None, p95_ms=None)
        )
    codes = sorted(part)
    if codes[0] == SUM:
        del codes[0]
    running = list(accumulate(map(part.__getitem__, codes)))
    last = len(codes) - 1
    p50, p90, p95 = (
        representative(codes[min(bisect_left(running, rank_of(share, count)), last)] - HISTOGRAM) for share in _SHARES_PPM
    )
    return DurationStats(count=count, sum_ms=total, mean_ms=total // count, p50_ms=p50, p90_ms=p90, p95_ms=p95)


def count_and_sum(part: Cell) -> tuple[int, int]:
    """Return the number of observations and their sum, ms."""
    total = part.get(SUM, 0)
    return sum(part.values()) - total, total


class WindowSpec:
    """One configured window: how long, in which slots, and where its three positions stand at a time."""

    __slots__ = ("by_hours", "length", "name")

    def __init__(self, name: str, length_ms: int) -> None:
        """Take a configured length; up to a day by minutes, longer by hours."""
        self.name = name
        self.length = max(1, length_ms // MINUTE_MS)
        self.by_hours = self.length > DAY

    def until(self, minute: int, slots: Slots) -> int:
        """Return the end of the window, a minute, at a time in `minute`."""
        return slots.hour(minute) + HOUR if self.by_hours else minute + 1

    def offsets(self) -> tuple[int, int, int]:
        """Return how far back the three positions end, in minutes: now, previous, last week."""
        return 0, self.length, WEEK


def specs(domain: Domain) -> tuple[WindowSpec, ...]:
    """Return the configured windows."""
    return tuple(WindowSpec(name, length) for name, length in domain.windows.items())


class Month(NamedTuple):
    """What the comparison with the month before is read from."""

    until: int
    """End of the current hour, a minute."""
    hours: SlotIndex
    read: Read
    """The segment's cells of an hour."""


class SegmentWindow:
    """One window of one segment at its positions, and the figures as last computed."""

    __slots__ = ("_durations", "_levels", "_merged", "_rates", "before", "month", "now", "spec")

    def __init__(self, spec: WindowSpec) -> None:
        """Stand nowhere, empty."""
        self.spec = spec
        self.now = RollingWindow(Tally())
        self.before = (RollingWindow(Sums()), RollingWindow(Sums()))
        """The window before and the same hours last week: only compared with, so no histogram is kept."""
        self.month = RollingWindow(Sums()) if spec.length >= HOUR else None
        """Four weeks before, in whole hours: minutes are not kept for so long."""
        self._durations: dict[int, MeasureWindow] = {}
        self._merged: dict[str, MeasureWindow] = {}
        self._rates = Rates()
        self._levels: WindowLevels | None = None

    def last(self, until: int) -> WindowLevels | None:
        """Return the figures as last computed, if the window ended at `until`, a minute, then too."""
        return self._levels if self.now.until == until else None

    def levels(self, until: int, index: SlotIndex, read: Read, month: Month) -> WindowLevels:
        """Roll to `until`, a minute, and return the figures; only measures that changed are computed."""
        length = self.spec.length
        positions: tuple[Position, ...] = (self.now, *self.before)
        for position, offset in zip(positions, self.spec.offsets(), strict=True):
            position.roll(until - offset - length, until - offset, index, read)
        if self.month is not None:
            end = month.until - MONTH
            self.month.roll(end - length, end, month.hours, month.read)
            positions = (*positions, self.month)
        changed = set().union(*(position.tally.changed for position in positions))
        if self._levels is None or changed or self._levels.until != until * MINUTE_MS:
            self._levels = self._compute(until, changed)
            for position in positions:
                position.tally.changed.clear()
        return self._levels

    def _compute(self, until: int, changed: set[int]) -> WindowLevels:
        now = self.now.tally.parts
        previous, last_week = (position.tally.parts for position in self.before)
        month = {} if self.month is None else self.month.tally.parts
        for index in changed & DURATIONS.keys():
            if index in now or index in previous or index in last_week:
                then = [earlier.get(index) for earlier in (previous, last_week, month)]
                self._durations[index] = _measure_window(now.get(index, {}), *then)
            else:
                self._durations.pop(index, None)
        self._merge(changed, now, (previous, last_week, month))
        counters = {
            COUNTERS[index]: CounterWindow(
                now=_count(now, index),
                previous=_then(previous, index),
                last_week=_then(last_week, index),
                month_before=month[index][0] if index in month else None,
            )
            for index in sorted((now.keys() | previous.keys() | last_week.keys()) & COUNTERS.keys())
        }
        return WindowLevels(
            since=(until - self.spec.length) * MINUTE_MS,
            until=until * MINUTE_MS,
            durations={name: self._durations[index] for index, name in DURATIONS.items() if index in self._durations}
            | self._merged,
            counters=counters,
            promises={
                name: _promise(_count(now, met), _count(now, breached))
                for met, breached, name in PROMISES
                if met in now or breached in now
            },
            rates=self._rates.compute(changed, self._number, _numbers(previous), _numbers(last_week), _numbers(month)),
        )

    def _merge(self, changed: set[int], now: Parts, then: tuple[Then, Then, Then]) -> None:
        """Compute the durations that are several measures together."""
        for name, indices in _MERGED:
            if changed.isdisjoint(indices):
                continue
            together: Cell = {}
            for index in indices:
                for code, amount in now.get(index, {}).items():
                    together[code] = together.get(code, 0) + amount
            earlier = [_pooled(position, indices) for position in then]
            if together or earlier[0] or earlier[1]:
                self._merged[name] = _measure_window(together, *earlier)
            else:
                self._merged.pop(name, None)

    def _number(self, index: int) -> int:
        if index not in DURATIONS:
            return _count(self.now.tally.parts, index)
        there = self._durations.get(index)
        return 0 if there is None else there.now.count


def _numbers(then: Then) -> Callable[[int], int]:
    return lambda index: then.get(index, _ZERO)[index in DURATIONS]


def _pooled(then: Then, indices: tuple[int, ...]) -> tuple[int, int] | None:
    there = [then[index] for index in indices if index in then]
    return (sum(total for total, _ in there), sum(count for _, count in there)) if there else None


def _count(parts: dict[int, Cell], index: int) -> int:
    part = parts.get(index)
    return 0 if part is None else part.get(0, 0)


def _promise(met: int, breached: int) -> PromiseWindow:
    outcomes = met + breached
    return PromiseWindow(met=met, breached=breached, within_ppm=met * 1_000_000 // outcomes if outcomes > 0 else None)


def _then(sums: dict[int, tuple[int, int]], index: int) -> int:
    there = sums.get(index)
    return 0 if there is None else there[0]


def _measure_window(now: Cell, previous: _Pair, last_week: _Pair, month: _Pair) -> MeasureWindow:
    stats = stats_of(now)
    return MeasureWindow(
        now=stats,
        previous=_change(stats, previous),
        last_week=_change(stats, last_week),
        month_before=None if month is None else _change(stats, month),
    )


def _change(now: DurationStats, then: tuple[int, int] | None) -> Change:
    if then is None:
        return _NOTHING
    total, count = then
    mean = total // count if count > 0 else None
    difference = now.mean_ms - mean if now.mean_ms is not None and mean is not None else None
    return Change(count=count, mean_ms=mean, difference_ms=difference)
