"""The picture of an engine's committed state that `/metrics` and HTTP show.

Every value is an integer in the unit of the fold (milliseconds for durations); the exporter converts to base units.
Counters come from state, not from what this process happened to see: after a crash or a rebalance the new owner
continues them, so the sum over workers is right and no series stands on two of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from pipeline.metrics import Metric

Labels: TypeAlias = tuple[str, ...]
"""Label values in the order of `Metric.labels`."""


class HistogramCounts(msgspec.Struct, frozen=True, gc=False):
    """One classic histogram: observations per edge (not cumulative), the last one above every edge, and their sum."""

    counts: tuple[int, ...]
    sum_ms: int


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What one engine shows of its partition."""

    as_of: int = 0
    """Engine time, milliseconds since the Unix epoch, UTC."""
    values: Mapping[Metric, Mapping[Labels, int]] = {}
    """Counters and gauges."""
    histograms: Mapping[Metric, Mapping[Labels, HistogramCounts]] = {}
    edges_ms: tuple[int, ...] = ()
    """Upper edges of `histograms`, ascending, inclusive."""
