"""Counts of short durations measured by this process, for a classic Prometheus histogram."""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain

_STEPS = (1_000, 2_000, 5_000)
EDGES_US: tuple[int, ...] = tuple(chain.from_iterable(tuple(step * 10**power for step in _STEPS) for power in range(4)))
"""1 ms ... 5 s, three edges a decade: a transaction takes milliseconds, and one near its 10 s timeout is above them all."""


class DurationCounts:
    """How many durations fell up to each edge, and their sum; integers, so that stages and restarts add up exactly."""

    __slots__ = ("counts", "edges_us", "sum_us")

    def __init__(self, edges_us: tuple[int, ...] = EDGES_US) -> None:
        """Start at zero; `edges_us` are upper edges in microseconds, ascending, inclusive."""
        self.edges_us = edges_us
        self.counts = [0] * (len(edges_us) + 1)
        self.sum_us = 0

    def observe(self, duration_us: int) -> None:
        """Count one duration, microseconds."""
        self.counts[bisect_left(self.edges_us, duration_us)] += 1
        self.sum_us += duration_us
