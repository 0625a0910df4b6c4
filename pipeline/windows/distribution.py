"""Figures of one duration in a window: number, sum and quantiles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TypeAlias

from pipeline.measures import HISTOGRAM, SUM
from pipeline.signals import DurationStats
from pipeline.windows.histogram import rank_of, representative
from pipeline.windows.rows import Cell

EMPTY = DurationStats(count=0, sum_ms=0, mean_ms=None, p50_ms=None, p90_ms=None, p95_ms=None)
_Get: TypeAlias = Callable[[int, int], int]
_SHARES_PPM = (500_000, 900_000, 950_000)


def stats_of(part: Cell) -> DurationStats:
    """Return the figures of one duration: offset of the code -> amount."""
    total = part.get(SUM, 0)
    codes = sorted(part)
    if SUM in part:
        del codes[0]
    running = list(accumulate(map(part.__getitem__, codes)))
    count = running[-1] if running else 0
    if count > 0:
        return _stats(total, count, [codes[bisect_left(running, rank_of(share, count))] for share in _SHARES_PPM])
    if not total:
        return EMPTY
    return DurationStats(count=count, sum_ms=total, mean_ms=None, p50_ms=None, p90_ms=None, p95_ms=None)


def _stats(total: int, count: int, codes: Sequence[int]) -> DurationStats:
    return DurationStats(
        count=count,
        sum_ms=total,
        mean_ms=total // count,
        p50_ms=representative(codes[0] - HISTOGRAM),
        p90_ms=representative(codes[1] - HISTOGRAM),
        p95_ms=representative(codes[2] - HISTOGRAM),
    )


class Marks:
    """Where the quantiles of a large histogram stood when last read, so that what has changed since moves them a little.

    A mark is a code and the number of observations below it. Amounts must not be negative: a walk would not end where it should.
    """

    __slots__ = ("_below", "_codes", "_count")

    def __init__(self, parts: Sequence[Cell]) -> None:
        """Stand at the first code of a histogram that is the sum of `parts`."""
        self._count = sum(sum(part.values()) - part.get(SUM, 0) for part in parts)
        self._codes = [HISTOGRAM] * len(_SHARES_PPM)
        self._below = [0] * len(_SHARES_PPM)

    def move(self, part: Cell, sign: int) -> None:
        """Note what is added to the histogram, or taken away with `sign=-1`."""
        low, middle, high = self._codes
        count = below_low = below_middle = below_high = 0
        for code, amount in part.items():
            if code == SUM:
                continue
            count += amount
            if code < high:
                below_high += amount
                if code < middle:
                    below_middle += amount
                    if code < low:
                        below_low += amount
        self._count += sign * count
        self._below[0] += sign * below_low
        self._below[1] += sign * below_middle
        self._below[2] += sign * below_high

    def stats(self, parts: Sequence[Cell]) -> DurationStats:
        """Return the figures of the histogram that is the sum of `parts`, as `stats_of` does."""
        if self._count <= 0:
            return stats_of(together(parts))
        get = parts[0].get if len(parts) == 1 else _reader(parts)
        for place, share in enumerate(_SHARES_PPM):
            self._walk(place, rank_of(share, self._count), get)
        return _stats(sum(part.get(SUM, 0) for part in parts), self._count, self._codes)

    def _walk(self, place: int, rank: int, get: _Get) -> None:
        """Go to the code that holds the value of a rank, step by step."""
        code, below = self._codes[place], self._below[place]
        while below >= rank:
            code -= 1
            below -= get(code, 0)
        while below + (here := get(code, 0)) < rank:
            below += here
            code += 1
        self._codes[place], self._below[place] = code, below


def _reader(parts: Sequence[Cell]) -> _Get:
    def get(code: int, default: int) -> int:
        return sum([part.get(code, default) for part in parts])

    return get


def together(parts: Sequence[Cell]) -> Cell:
    """Return the observations of several durations as those of one; of one, its own cell."""
    if len(parts) == 1:
        return parts[0]
    whole = dict(parts[0]) if parts else {}
    for part in parts[1:]:
        for code, amount in part.items():
            whole[code] = whole.get(code, 0) + amount
    return whole
