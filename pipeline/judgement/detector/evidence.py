"""How much one customer's wait speaks for a jump: log-likelihood ratios of a log-normal scale shift, in thousandths of a nat.

A customer who waits is a right-censored observation: the ratio of the survival functions at the age. One who was answered
is the ratio of the densities. Accelerated failure time, as in Sego et al. 2009; both saturate, because without a cure
fraction the forgotten ticket would outvote the queue (Oliveira et al. 2016).
"""

from __future__ import annotations

from functools import lru_cache
from math import erfc, log, sqrt
from typing import NamedTuple

from pipeline.judgement.detector.logs import MILLI

GRID = 20
"""Steps of the tables per standard deviation."""
REACH = 3
"""The tables run from -3 to +3 standard deviations."""
STEPS = 2 * REACH * GRID
CAP = 2 * MILLI
"""What one customer can say at most."""
EARLIEST = GRID // 2
"""Below -2.5 standard deviations a wait says nothing yet."""


class Evidence(NamedTuple):
    """The tables of one spread. Index: standard deviations from usual, in steps of 1/20, from -3."""

    waiting: tuple[int, ...]
    answered: tuple[int, ...]


@lru_cache(maxsize=512)
def evidence(jump_milli: int, spread_milli: int) -> Evidence:
    """Return the tables for a jump by the factor `jump_milli` / 1000 in logs that spread by `spread_milli` / 1000."""
    shift = log(jump_milli / MILLI) * MILLI / spread_milli
    grid = [index / GRID - REACH for index in range(STEPS + 1)]
    waiting = [min(CAP, round(MILLI * (log(_upper(z - shift)) - log(_upper(z))))) for z in grid]
    waiting[: EARLIEST + 1] = [0] * (EARLIEST + 1)
    waiting[STEPS] = CAP
    answered = [min(CAP, round(MILLI * shift * (z - shift / 2))) for z in grid]
    return Evidence(tuple(waiting), tuple(answered))


def place(distance_milli: int, spread_milli: int) -> int:
    """Return the index into the tables of a distance from the usual logarithm."""
    index = distance_milli * GRID // spread_milli + STEPS // 2
    return 0 if index < 0 else min(index, STEPS)


def _upper(z: float) -> float:
    """Return the upper tail of the normal distribution."""
    return 0.5 * erfc(z / sqrt(2))
