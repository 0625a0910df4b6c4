"""Log-bucket histogram classes for durations: integers in, integers out, counts that add and subtract exactly.

Every power of two is cut into 64 equal classes, and values below 128 ms have a class each. The representative of a class
is its midpoint, so a quantile is wrong by at most 1/128 of the value (0.8 %). Ten years need 2,122 classes; only those
that hold something take room. Index and representative use shifts, never a float logarithm, so every machine agrees.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

from pipeline.additions import Leaf, Ledger
from pipeline.measures import EDGES, HISTOGRAM, SUM, Measure, base

_BITS = 6
"""Classes per power of two, as a power of two."""
_EXACT_BITS = _BITS + 1
_CLASSES = 1 << _BITS

_BASES = {measure: base(measure) for measure in Measure}


def index_of(value_ms: int) -> int:
    """Return the class of a duration, ms; a negative one falls into class 0."""
    shift = value_ms.bit_length() - _EXACT_BITS
    if shift > 0 and value_ms > 0:
        return (shift << _BITS) + (value_ms >> shift)
    return max(0, value_ms)


def representative(index: int) -> int:
    """Return the duration, ms, that stands for a class: within 1/128 of every value in it."""
    if index < 2 * _CLASSES:
        return index
    shift = (index >> _BITS) - 1
    lowest = (_CLASSES + (index & (_CLASSES - 1))) << shift
    return lowest + (1 << shift >> 1)


def rank_of(share_ppm: int, count: int) -> int:
    """Return the rank, from 1, of the quantile `share_ppm` (parts per million) of `count` values: the ceiling."""
    return max(1, -(-share_ppm * count // 1_000_000))


def quantiles(counts: Mapping[int, int], ranks: Sequence[int]) -> list[int]:
    """Return the durations, ms, at ascending ranks (from 1) of a histogram `class -> count`.

    A rank beyond the last value gives the largest one. The histogram must hold something.
    """
    classes = sorted(counts)
    running = list(accumulate(map(counts.__getitem__, classes)))
    last = len(classes) - 1
    return [representative(classes[min(bisect_left(running, rank), last)]) for rank in ranks]


def quantile(counts: Mapping[int, int], rank: int) -> int:
    """Return the duration, ms, at one rank (from 1) of a histogram `class -> count`."""
    return quantiles(counts, (rank,))[0]


def codes_of(measure: Measure, value_ms: int, edges_ms: Sequence[int]) -> tuple[int, int, int]:
    """Return the codes of a duration: sum, histogram class and edge (the first edge >= the value; else the one above all)."""
    first = _BASES[measure]
    return first + SUM, first + HISTOGRAM + index_of(value_ms), first + EDGES + bisect_left(edges_ms, value_ms)


def add_duration(
    ledger: Ledger, leaf: Leaf, at_ms: int, measure: Measure, value_ms: int, edges_ms: Sequence[int], sign: int = 1
) -> None:
    """Add one observation of a duration, ms, to the leaf's minute that holds `at_ms`, or take it back with `sign=-1`.

    A negative duration (skewed clocks at the source) counts as 0.
    """
    add_to_cell(ledger.cell(leaf, at_ms), measure, value_ms, edges_ms, sign)


def add_to_cell(cell: dict[int, int], measure: Measure, value_ms: int, edges_ms: Sequence[int], sign: int = 1) -> None:
    """Add one observation to the cell of its leaf and minute."""
    value = max(0, value_ms)
    total, cls, edge = codes_of(measure, value, edges_ms)
    cell[total] = cell.get(total, 0) + sign * value
    cell[cls] = cell.get(cls, 0) + sign
    cell[edge] = cell.get(edge, 0) + sign
