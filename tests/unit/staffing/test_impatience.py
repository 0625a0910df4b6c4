"""Erlang A against the birth and death process that it is, solved exactly, and against its two limits."""

from __future__ import annotations

from fractions import Fraction
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.staffing.erlang import within
from pipeline.staffing.impatience import queueing

pytestmark = pytest.mark.mission("C4")


def states(load: Fraction, servers: int, patience: Fraction, most: int) -> list[Fraction]:
    """Return the probabilities of so many customers being there, in proportion to each other."""
    found = [Fraction(1)]
    for number in range(1, most):
        leaving = min(number, servers) + max(0, number - servers) / patience
        found.append(found[-1] * load / leaving)
    return found


def solved(load: Fraction, servers: int, patience: Fraction) -> tuple[Fraction, Fraction]:
    """Return who waits and who leaves, from the states."""
    there = states(load, servers, patience, servers + 60 + int(6 * load))
    total = sum(there)
    waits = sum(there[servers:]) / total
    queue = sum((number - servers) * share for number, share in enumerate(there) if number > servers) / total
    return waits, queue / patience / load


@pytest.mark.parametrize(
    ("load", "servers", "patience"),
    [
        (10, 11, Fraction(2, 3)),
        (10, 9, Fraction(2)),
        (4, 1, Fraction(1, 5)),
        (30, 33, Fraction(5)),
        (Fraction(1, 3), 2, Fraction(1)),
    ],
)
def test_who_waits_and_who_leaves_is_exact(load: Fraction, servers: int, patience: Fraction) -> None:
    waits, leaves = solved(Fraction(load), servers, patience)
    found = queueing(float(load), servers, float(patience), 0.1)
    assert found.waits == pytest.approx(float(waits), abs=1e-12)
    assert found.leaves == pytest.approx(float(leaves), abs=1e-12)


def by_quadrature(load: float, servers: int, patience: float, wait: float) -> float:
    """Return the share within `wait` by Simpson's rule over the density that Mandelbaum and Zeltyn give."""

    def integral(since: float, until: float, steps: int = 4_000) -> float:
        width = (until - since) / steps
        weights = [1, *([4, 2] * (steps // 2))]
        weights[-1] = 1
        places = [since + index * width for index in range(steps + 1)]
        density = [exp(load * patience * (1 - exp(-at / patience)) - servers * at) for at in places]
        return sum(weight * height for weight, height in zip(weights, density, strict=True)) * width / 3

    blocked = 1.0
    for number in range(1, servers):
        blocked = load * blocked / (number + load * blocked)
    return 1 - load * integral(wait, 12.0) / (1 / blocked + load * integral(0.0, 12.0))


@pytest.mark.parametrize(
    ("load", "servers", "patience", "wait"), [(10, 11, 2 / 3, 1 / 9), (10, 9, 1, 1 / 9), (20, 18, 2, 0.5), (3, 5, 0.3, 0.0)]
)
def test_who_is_in_time_agrees_with_the_integral(load: float, servers: int, patience: float, wait: float) -> None:
    assert queueing(load, servers, patience, wait).within == pytest.approx(by_quadrature(load, servers, patience, wait), abs=1e-9)


@given(st.integers(1, 40), st.floats(0.01, 0.9), st.floats(0, 2))
def test_long_patience_is_erlang_c(servers: int, busy: float, wait: float) -> None:
    load = servers * busy
    assert queueing(load, servers, 1e4, wait).within == pytest.approx(within(load, servers, wait), abs=2e-3)


@given(st.floats(0.1, 300), st.integers(0, 330), st.floats(0.01, 50), st.floats(0, 10))
def test_shares_are_shares_and_nobody_is_lost(load: float, servers: int, patience: float, wait: float) -> None:
    found = queueing(load, servers, patience, wait)
    assert all(0 <= share <= 1 for share in found)
    # Those served are no more than the servers can take.
    assert load * (1 - found.leaves) <= servers * (1 + 1e-9)


def test_the_edges() -> None:
    assert queueing(0, 3, 1, 0) == (0.0, 0.0, 1.0)
    assert queueing(0, 0, 1, 0) == queueing(5, 0, 1, 9) == (1.0, 1.0, 0.0)
    # Half of twice the work leaves, however large the centre.
    assert queueing(10_000, 5_000, 1, 0.1).leaves == pytest.approx(0.5, abs=1e-9)
    # Where another library underflows (reference of detection, 3.4): nobody meets a wait of ten minutes here.
    assert queueing(300, 303, 5 / 3, 10 / 3).within == pytest.approx(1, abs=1e-9)
    assert queueing(1_000, 3_000, 1, 0.0) == (0.0, 0.0, 1.0)
