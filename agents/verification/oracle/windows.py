"""What stands in a segment's windows: every fact in them is looked at."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

from agents.verification.oracle.facts import BUSINESS, Leaf
from agents.verification.oracle.numbers import (
    COUNTERS,
    DURATIONS,
    HOUR_MS,
    WEEK_MS,
    Bounds,
    OracleResult,
    Segment,
    sla_code,
    window,
    within_ppm,
)
from agents.verification.oracle.rates import FORMULAS, Share, share
from pipeline.config import SlaMeasure
from pipeline.measures import Measure

MONTH_MS = 4 * WEEK_MS
TOGETHER: dict[str, tuple[Measure, ...]] = {measure.value: (measure,) for measure in DURATIONS} | {
    "response": (Measure.FIRST_REPLY, Measure.NEXT_REPLY),
    "response_business": (BUSINESS[Measure.FIRST_REPLY], BUSINESS[Measure.NEXT_REPLY]),
}
"""Durations by name; a response is a first or a further reply."""


class Column(NamedTuple):
    """The facts of one measure in one segment."""

    times: list[int]
    """Ascending, ms."""
    values: list[int]
    sums: list[int]
    """Of the values before each place."""


class Windows:
    """Answers for any segment, at any time, from the facts of a log."""

    def __init__(self, result: OracleResult) -> None:
        """Take what was found of a log, and sort its facts by leaf, measure and time."""
        self.result = result
        gathered: dict[tuple[str, Leaf], dict[Measure, list[tuple[int, int]]]] = {}
        for measure in Measure:
            for tenant, fact in result.owned(measure):
                gathered.setdefault((tenant, fact.leaf), {}).setdefault(measure, []).append((fact.at_ms, fact.value))
        self._leaves = gathered
        self._segments: dict[tuple[str, tuple[tuple[str, str], ...]], dict[Measure, Column]] = {}

    def at(self, tenant: str, segment: Segment, known_ms: int) -> SegmentAt:
        """Return the segment as it is known just before a time, ms: what stands at that time or later is left out."""
        return SegmentAt(self._columns(tenant, segment), known_ms)

    def moments(self, tenant: str, segment: Segment, since_ms: int, until_ms: int) -> list[int]:
        """Return when something stands in a segment in `[since, until)`, ascending."""
        found: set[int] = set()
        for column in self._columns(tenant, segment).values():
            found.update(column.times[bisect_left(column.times, since_ms) : bisect_left(column.times, until_ms)])
        return sorted(found)

    def _columns(self, tenant: str, segment: Segment) -> dict[Measure, Column]:
        """Return the facts of a segment by measure, put together once."""
        key = (tenant, tuple(sorted(segment.items())))
        if key not in self._segments:
            together: dict[Measure, list[tuple[int, int]]] = {}
            for (owner, leaf), measures in self._leaves.items():
                if owner == tenant and self.result.inside(leaf, segment):
                    for measure, pairs in measures.items():
                        together.setdefault(measure, []).extend(pairs)
            self._segments[key] = {measure: _column(pairs) for measure, pairs in together.items()}
        return self._segments[key]


class SegmentAt:
    """One segment at one time."""

    def __init__(self, columns: dict[Measure, Column], known_ms: int) -> None:
        """Take its facts."""
        self._columns, self._known_ms = columns, known_ms

    def total(self, measure: Measure, bounds: Bounds) -> tuple[int, int]:
        """Return how many facts of a measure stand in a window, and their sum."""
        if measure not in self._columns:
            return 0, 0
        times, _, sums = self._columns[measure]
        since, until = bisect_left(times, bounds.since_ms), bisect_left(times, min(bounds.until_ms, self._known_ms))
        return (until - since, sums[until] - sums[since]) if until > since else (0, 0)

    def lasted(self, name: str, bounds: Bounds) -> tuple[int, int]:
        """Return how many durations, by their name in the output, stand in a window, and their sum, ms."""
        found = [self.total(measure, bounds) for measure in TOGETHER[name]]
        return sum(count for count, _ in found), sum(total for _, total in found)

    def values(self, name: str, bounds: Bounds) -> list[int]:
        """Return these durations, ms, ascending."""
        until_ms = min(bounds.until_ms, self._known_ms)
        found: list[int] = []
        for measure in TOGETHER[name]:
            if measure in self._columns:
                times, values, _ = self._columns[measure]
                found += values[bisect_left(times, bounds.since_ms) : bisect_left(times, until_ms)]
        return sorted(found)

    def number(self, name: str, bounds: Bounds) -> int:
        """Return a counter's or amount's total in a window, or how often a duration was observed."""
        measure = Measure(name)
        count, total = self.total(measure, bounds)
        return total if measure in COUNTERS else count

    def rate(self, name: str, bounds: Bounds) -> Share:
        """Return a rate in a window."""
        return share(FORMULAS[name], lambda counted: self.number(counted, bounds))

    def promise(self, measure: SlaMeasure, bounds: Bounds) -> tuple[int, int, int | None]:
        """Return met, breached and the share within the promise, parts per million."""
        met, breached = (self.total(sla_code(measure, met=kept), bounds)[0] for kept in (True, False))
        return met, breached, within_ppm(met, breached)

    def retention_ppm(self, bounds: Bounds) -> int | None:
        """Return the customer retention of a window; `None` where there were none at its start."""
        ever = Bounds(0, bounds.until_ms)
        won, lost = (self.number(name, bounds) for name in ("customers_won", "customers_lost"))
        at_end = self.number("customers_won", ever) - self.number("customers_lost", ever)
        at_start = at_end - won + lost
        return (at_end - won) * 1_000_000 // at_start if at_start > 0 else None


def month_before(result: OracleResult, length_ms: int, as_of_ms: int) -> Bounds | None:
    """Return the window that the month before is read from; windows that are no whole hours have none."""
    if length_ms < HOUR_MS or length_ms % HOUR_MS:
        return None
    end = window(result.domain, MONTH_MS, as_of_ms).until_ms - MONTH_MS  # four weeks end on the zone's hour, as all long ones do
    return Bounds(end - length_ms, end)


def open_work(result: OracleResult, tenant: str, segment: Segment, kind: str, as_of_ms: int) -> tuple[int, int | None, list[int]]:
    """Return how many pieces of a kind are open, since when the oldest is, and how many are as old as each age band or older."""
    starts = [
        piece.start_ms
        for owner, piece in result.owned_pieces()
        if owner == tenant and piece.work == kind and result.inside(piece.leaf, segment)
    ]
    starts.sort()
    older = [bisect_right(starts, as_of_ms - band) for band in result.domain.age_bands]
    return len(starts), (starts[0] if starts else None), older


def _column(pairs: list[tuple[int, int]]) -> Column:
    pairs.sort()
    values = [value for _, value in pairs]
    return Column([at for at, _ in pairs], values, [0, *accumulate(values)])
