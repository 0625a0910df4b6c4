"""Figures of one duration in a window: number, sum and quantiles."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from pipeline.measures import HISTOGRAM, SUM
from pipeline.signals import DurationStats
from pipeline.windows.histogram import rank_of, representative
from pipeline.windows.rows import Cell

EMPTY = DurationStats(count=0, sum_ms=0, mean_ms=None, p50_ms=None, p90_ms=None, p95_ms=None)
_P50, _P90, _P95 = 500_000, 900_000, 950_000


def stats_of(part: Cell) -> DurationStats:
    """Return the figures of one duration: offset of the code -> amount."""
    total = part.get(SUM, 0)
    codes = sorted(part)
    if SUM in part:
        del codes[0]
    running = list(accumulate(map(part.__getitem__, codes)))
    count = running[-1] if running else 0
    if count > 0:
        p50, p90, p95 = (
            representative(codes[bisect_left(running, rank_of(share, count))] - HISTOGRAM) for share in (_P50, _P90, _P95)
        )
        return DurationStats(count=count, sum_ms=total, mean_ms=total // count, p50_ms=p50, p90_ms=p90, p95_ms=p95)
    if not total:
        return EMPTY
    return DurationStats(count=count, sum_ms=total, mean_ms=None, p50_ms=None, p90_ms=None, p95_ms=None)


def together(parts: list[Cell]) -> Cell:
    """Return the observations of several durations as those of one."""
    whole = dict(parts[0]) if parts else {}
    for part in parts[1:]:
        for code, amount in part.items():
            whole[code] = whole.get(code, 0) + amount
    return whole
