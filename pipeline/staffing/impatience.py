"""Erlang A: customers who wait leave after a while. As Erlang C, with patience exponential too (C. Palm 1946; M/M/n+M).

With `eta = patience * arrivals` and `c = n * patience / handling`, the wait that a customer of endless patience would meet has a
density whose integral beyond `t` (Mandelbaum and Zeltyn 2007) is an incomplete gamma function. As a series of positive terms:

    J(t) = e^(eta (1 - u) - c s) / n * (1 + x/(c+1) + x^2/((c+1)(c+2)) + ...),   u = e^-s, s = t / patience, x = eta u

in mean handling times, which neither cancels nor overflows when it is kept as mantissa and exponent.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.staffing.erlang import blocking
from pipeline.staffing.scaled import Scaled, exponential

_SMALLEST = 2.0**-60
_LARGE = 2.0**512


class Queueing(NamedTuple):
    """How customers fare."""

    waits: float
    """Share who have to wait."""
    leaves: float
    """Share who leave before they are served."""
    within: float
    """Share who would be served within the wait asked for, were they to stay: what a promise is about."""


def queueing(erlangs: float, servers: int, patience: float, wait: float) -> Queueing:
    """Return how customers fare at a load; `patience` (mean, above 0) and `wait` are in mean handling times."""
    if erlangs <= 0:
        return Queueing(0.0, 0.0, 1.0) if servers > 0 else Queueing(1.0, 1.0, 0.0)
    if servers <= 0:
        return Queueing(1.0, 1.0, 0.0)
    customers, rate = erlangs * patience, servers * patience
    total, weighted = _series(customers, rate)
    gone = exponential(-max(0.0, wait) / patience)
    left = gone.shifted(0)
    tail, _ = _series(customers * left, rate)
    late = exponential(customers * (1.0 - left) - servers * max(0.0, wait)).by(tail)
    blocked = blocking(erlangs, servers - 1)
    each = blocked * erlangs / servers
    # blocked / (1 + a blocked J(0)), with both sides brought to the size of J(0) first.
    down = -max(0, total.exponent)
    whole = Scaled(1.0).shifted(down) + each * total.shifted(down)
    waits = each * total.shifted(down) / whole
    leaves = each * weighted.shifted(down) / whole / customers
    return Queueing(waits, min(1.0, leaves), max(0.0, 1.0 - each * late.shifted(down) / whole))


def _series(x: float, c: float) -> tuple[Scaled, Scaled]:
    """Return the sum of `x^k / ((c+1) ... (c+k))`, and the sum of `k` times each."""
    term, total, weighted, exponent, index = 1.0, 1.0, 0.0, 0, 0
    while True:
        index += 1
        ratio = x / (c + index)
        term *= ratio
        total += term
        weighted += index * term
        # Beyond this, what is left is less than a geometric series that starts with this term.
        if ratio < 1.0 and index * term < _SMALLEST * (1.0 - ratio) * max(weighted, total):
            return Scaled(total, exponent), Scaled(weighted, exponent)
        if weighted > _LARGE:
            term, total, weighted, exponent = term / _LARGE, total / _LARGE, weighted / _LARGE, exponent + 512
