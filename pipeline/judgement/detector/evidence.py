"""How much one customer's wait speaks for a jump: log-likelihood ratios of a log-normal scale shift, in thousandths of a nat.

A customer who waits is a right-censored observation: the ratio of the survival functions at the age. One who was answered
is the ratio of the densities. Accelerated failure time, as in Sego et al. 2009. A few tickets are never answered, or ages
later, whatever the queue does: both hypotheses hold such a share (a cure model, Oliveira et al. 2016), so what a ticket
says rises with its age, and falls back to nothing once it is rather forgotten than slow.
"""

from __future__ import annotations

from functools import lru_cache
from math import erfc, exp, log, pi, sqrt
from typing import NamedTuple

from pipeline.judgement.detector.logs import MILLI

GRID = 20
"""Steps of the tables per standard deviation."""
LOW, HIGH = 3, 6
"""The tables run from -3 to +6 standard deviations."""
ORIGIN = LOW * GRID
"""The index of what is usual."""
STEPS = (LOW + HIGH) * GRID
FORGOTTEN = 0.03
"""The share of tickets that are answered at no usual time."""
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
    grid = [index / GRID - LOW for index in range(STEPS + 1)]
    waiting = [_ratio(_upper(z - shift), _upper(z), FORGOTTEN) for z in grid]
    waiting[: EARLIEST + 1] = [0] * (EARLIEST + 1)
    waiting[STEPS] = 0
    answered = [_ratio(_density(z - shift), _density(z), FORGOTTEN / (LOW + HIGH)) for z in grid]
    return Evidence(tuple(waiting), tuple(answered))


def place(distance_milli: int, spread_milli: int) -> int:
    """Return the index into the tables of a distance from the usual logarithm."""
    index = distance_milli * GRID // spread_milli + ORIGIN
    return 0 if index < 0 else min(index, STEPS)


def _ratio(slowed: float, usual: float, forgotten: float) -> int:
    kept = 1 - FORGOTTEN
    return round(MILLI * log((kept * slowed + forgotten) / (kept * usual + forgotten)))


def _upper(z: float) -> float:
    """Return the upper tail of the normal distribution."""
    return 0.5 * erfc(z / sqrt(2))


def _density(z: float) -> float:
    """Return the density of the normal distribution."""
    return exp(-z * z / 2) / sqrt(2 * pi)
