"""Natural logarithms of durations in thousandths, by histogram class, so that no decision hangs on a float."""

from __future__ import annotations

from math import exp, isqrt, log
from typing import Final

from pipeline.windows.histogram import index_of, representative

MILLI: Final = 1_000
_CLASSES: Final = 2_400
"""Classes to about 60 years."""
LN: Final = tuple(round(MILLI * log(max(1, representative(index)))) for index in range(_CLASSES))
"""Class of the histogram -> 1000 x ln(duration in ms)."""


def ln_milli(duration_ms: int) -> int:
    """Return 1000 x ln of a duration, ms, within 1 %; of nothing, that of one millisecond."""
    return LN[min(index_of(duration_ms), _CLASSES - 1)]


def exp_ms(log_milli: int) -> int:
    """Return the duration, ms, of a logarithm in thousandths."""
    return round(exp(min(log_milli, LN[-1]) / MILLI))


def root(square: int) -> int:
    """Return the square root, rounded down, of what is not negative; of a negative number 0."""
    return isqrt(max(0, square))


def clip(value: int, limit: int) -> int:
    """Return a value brought into `[-limit, limit]`."""
    return -limit if value < -limit else min(value, limit)
