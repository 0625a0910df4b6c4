"""Service levels of a segment: every measure in every window against the window before, last week and the month before.

Measures, counters and promises that hold nothing now, in the window before and last week are left out: absent means
no observations. All numbers are integers: floor means, ceiling ranks.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from pipeline.catalogue import DEFINITIONS, MERGED
from pipeline.config import Domain, SlaMeasure
from pipeline.measures import INDEX, SUM, Kind, Measure
from pipeline.signals import Change, CounterWindow, DurationStats, MeasureWindow, PromiseWindow, WindowLevels
from pipeline.windows.ratios import Rates, Then
from pipeline.windows.rolling import Parts, Position, Read, RollingWindow, SlotIndex, Sums, Tally
from pipeline.windows.rows import Cell
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, MONTH, WEEK, Slots

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
_Pair: TypeAlias = tuple[int, int] | None


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

    __slots__ = (
        "_counters",
        "_durations",
        "_merged",
        "_promises",
        "_rates",
        "_sums",
        "before",
        "month",
        "now",
        "spec",
        "told",
    )

    def __init__(self, spec: WindowSpec) -> None:
        """Stand nowhere, empty."""
        self.spec = spec
        self.now = RollingWindow(Tally())
        self.before = (RollingWindow(Sums()), RollingWindow(Sums()))
        """The window before and the same hours last week: only compared with, so no histogram is kept."""
        self.month = RollingWindow(Sums()) if spec.length >= HOUR else None
        """Four weeks before, in whole hours: minutes are not kept for so long."""
        self._sums: Then = {}
        """What the window holds now, as the other positions hold it."""
        self._counters: dict[int, CounterWindow] = {}
        self._promises: dict[str, PromiseWindow] = {}
        self._durations: dict[int, MeasureWindow] = {}
        self._merged: dict[str, MeasureWindow] = {}
        self._rates = Rates()
        self.told: WindowLevels | None = None
        """The figures as last computed."""

    def last(self, until: int) -> WindowLevels | None:
        """Return the figures as last computed, if the window ended at `until`, a minute, then too."""
        return self.told if self.told is not None and self.told.until == until * MINUTE_MS else None

    def roll(self, until: int, index: SlotIndex, read: Read) -> Parts:
        """Roll the position of now alone to `until`, a minute, and return what it holds."""
        self.now.roll(until - self.spec.length, until, index, read)
        return self.now.tally.parts

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
        changed_then = set().union(*(position.tally.changed for position in positions[1:]))
        changed = changed_then | self.now.tally.changed
        if self.told is None or changed or self.told.until != until * MINUTE_MS:
            self.told = self._compute(until, changed, changed_then)
            for position in positions:
                position.tally.changed.clear()
        return self.told

    def _compute(self, until: int, changed: set[int], changed_then: set[int]) -> WindowLevels:
        tally = self.now.tally
        previous, last_week = (position.tally.parts for position in self.before)
        then = (previous, last_week, {} if self.month is None else self.month.tally.parts)
        for index in changed:
            if index in DURATIONS:
                self._duration(index, tally, then)
            else:
                self._count(index, tally.parts.get(index), then)
        for name, indices in _MERGED:
            if not changed.isdisjoint(indices):
                self._merge(name, indices, tally, then)
        for met, breached, name in PROMISES:
            if met in changed or breached in changed:
                self._promise(name, tally.parts.get(met), tally.parts.get(breached))
        durations = {name: self._durations[index] for index, name in DURATIONS.items() if index in self._durations}
        return WindowLevels(
            since=(until - self.spec.length) * MINUTE_MS,
            until=until * MINUTE_MS,
            durations=durations | self._merged,
            counters={name: self._counters[index] for index, name in COUNTERS.items() if index in self._counters},
            promises={name: self._promises[name] for _, _, name in PROMISES if name in self._promises},
            rates=self._rates.compute(changed, changed_then, self._sums, *then),
        )

    def _duration(self, index: int, tally: Tally, then: tuple[Then, Then, Then]) -> None:
        if not (index in tally.parts or index in then[0] or index in then[1]):
            self._durations.pop(index, None)
            self._sums.pop(index, None)
            return
        now = tally.stats((index,))
        self._sums[index] = (now.sum_ms, now.count)
        self._durations[index] = _measure_window(now, *(earlier.get(index) for earlier in then))

    def _count(self, index: int, part: Cell | None, then: tuple[Then, Then, Then]) -> None:
        previous, last_week, month = (earlier.get(index) for earlier in then)
        if part is None and previous is None and last_week is None:
            self._sums.pop(index, None)
            self._counters.pop(index, None)
            return
        amount = 0 if part is None else part.get(SUM, 0)
        self._sums[index] = (amount, 0)
        if index in COUNTERS:
            self._counters[index] = CounterWindow(
                now=amount,
                previous=0 if previous is None else previous[0],
                last_week=0 if last_week is None else last_week[0],
                month_before=None if month is None else month[0],
            )

    def _promise(self, name: str, met: Cell | None, breached: Cell | None) -> None:
        if met is None and breached is None:
            self._promises.pop(name, None)
        else:
            self._promises[name] = _promise(*(0 if part is None else part.get(SUM, 0) for part in (met, breached)))

    def _merge(self, name: str, indices: tuple[int, ...], tally: Tally, then: tuple[Then, Then, Then]) -> None:
        """Compute the duration that is several measures together."""
        earlier = [_pooled(position, indices) for position in then]
        if earlier[0] or earlier[1] or not tally.parts.keys().isdisjoint(indices):
            self._merged[name] = _measure_window(tally.stats(indices), *earlier)
        else:
            self._merged.pop(name, None)


def _pooled(then: Then, indices: tuple[int, ...]) -> tuple[int, int] | None:
    there = [then[index] for index in indices if index in then]
    return (sum(total for total, _ in there), sum(count for _, count in there)) if there else None


def _promise(met: int, breached: int) -> PromiseWindow:
    outcomes = met + breached
    return PromiseWindow(met=met, breached=breached, within_ppm=met * 1_000_000 // outcomes if outcomes > 0 else None)


def _measure_window(now: DurationStats, previous: _Pair, last_week: _Pair, month: _Pair) -> MeasureWindow:
    return MeasureWindow(
        now=now,
        previous=_change(now, previous),
        last_week=_change(now, last_week),
        month_before=None if month is None else _change(now, month),
    )


def _change(now: DurationStats, then: tuple[int, int] | None) -> Change:
    if then is None:
        return _NOTHING
    total, count = then
    mean = total // count if count > 0 else None
    difference = now.mean_ms - mean if now.mean_ms is not None and mean is not None else None
    return Change(count=count, mean_ms=mean, difference_ms=difference)
