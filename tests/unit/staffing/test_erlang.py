"""Erlang B and C against exact fractions, and against examples that others have published."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import exp, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.staffing.erlang import blocking, mean_wait, mean_waiting, wait_probability, within
from pipeline.staffing.scaled import Scaled, exponential

pytestmark = pytest.mark.mission("C4")
loads = st.fractions(min_value=Fraction(1, 100), max_value=200, max_denominator=1_000)


def exact_blocking(load: Fraction, servers: int) -> Fraction:
    """Erlang B as it is defined: `(a^n / n!) / sum of a^k / k!`."""
    term = total = Fraction(1)
    for number in range(1, servers + 1):
        term = term * load / number
        total += term
    return term / total


def exact_waiting(load: Fraction, servers: int) -> Fraction:
    """Erlang C as it is defined: `(a^n / n!) (n / (n - a))` over that and the sum of the terms below n."""
    term, below = Fraction(1), Fraction(0)
    for number in range(1, servers + 1):
        below += term
        term = term * load / number
    last = term * servers / (servers - load)
    return last / (below + last)


def differs_by(found: float, exact: Fraction) -> Fraction:
    return abs(Fraction(found) - exact) / exact


@given(loads, st.integers(0, 250))
def test_erlang_b_is_exact_to_twelve_digits(load: Fraction, servers: int) -> None:
    exact = exact_blocking(load, servers)
    found = blocking(float(load), servers)
    # What is smaller than a float can be to all its digits is still as small as it should be.
    assert found < 1e-299 if exact < Fraction(1, 10**300) else differs_by(found, exact) < Fraction(1, 10**12)


@given(loads, st.integers(1, 100))
def test_erlang_c_is_exact_to_twelve_digits(load: Fraction, more: int) -> None:
    servers = int(load) + more
    assert abs(Fraction(wait_probability(float(load), servers)) - exact_waiting(load, servers)) < Fraction(1, 10**12)


@pytest.mark.parametrize(("load", "servers"), [(10, 14), (100, 110), (500, 520), (950, 1_000)])
def test_large_centres_are_as_exact(load: int, servers: int) -> None:
    assert abs(Fraction(wait_probability(load, servers)) - exact_waiting(Fraction(load), servers)) < Fraction(1, 10**12)


def test_the_published_table_of_erlang_b() -> None:
    """The table that textbooks print: at 1 % of calls lost, 10 lines carry 4.461 erlangs and 20 carry 12.031."""
    assert round(blocking(4.461, 10), 4) == 0.0100
    assert round(blocking(12.031, 20), 4) == 0.0100


def test_the_documentation_of_mathematica() -> None:
    """wolfram.com, "Compute Loss Probabilities for a Queue": 30 lines and 25 erlangs lose about 5 %."""
    assert round(blocking(25, 30), 2) == 0.05


PUBLISHED = (
    (11, "68.2", "39.0"),
    (12, "44.9", "64.0"),
    (13, "28.5", "79.6"),
    (14, "17.4", "88.8"),
)
"""Call Centre Helper's worked example of Erlang C: 100 calls in half an hour, 180 s each, to be taken within 20 s."""


@pytest.mark.parametrize(("servers", "waits", "in_time"), PUBLISHED)
def test_the_worked_example_of_call_centre_helper(servers: int, waits: str, in_time: str) -> None:
    assert f"{100 * wait_probability(10, servers):.1f}" == waits
    assert f"{100 * within(10, servers, 20 / 180):.1f}" == in_time


def test_the_documented_example_of_pyworkforce() -> None:
    """pyworkforce's ErlangC: 100 calls in 30 min, 3 min each, 20 s: 14 positions, service level 0.88835, waiting 0.17413."""
    assert round(within(10, 14, 20 / 180), 5) == 0.88835
    assert round(wait_probability(10, 14), 5) == 0.17413


def test_one_server_is_the_textbook_queue() -> None:
    """M/M/1: the probability of waiting is the load, the mean wait load / (1 - load) of a handling time."""
    assert wait_probability(0.75, 1) == pytest.approx(0.75, abs=1e-15)
    assert mean_wait(0.75, 1) == pytest.approx(3, abs=1e-12)
    assert mean_waiting(0.75, 1) == pytest.approx(2.25, abs=1e-12)
    assert within(0.75, 1, 4) == pytest.approx(1 - 0.75 * exp(-1), abs=1e-15)


def test_the_edges() -> None:
    assert (wait_probability(0, 3), within(0, 3, 0), mean_wait(0, 3)) == (0.0, 1.0, 0.0)
    assert (wait_probability(0, 0), within(0, 0, 9)) == (1.0, 0.0)
    for servers in (0, 9, 10):
        assert (wait_probability(10, servers), within(10, servers, 1e9), mean_wait(10, servers)) == (1.0, 0.0, inf)
    assert within(10, 11, -5) == within(10, 11, 0)
    # A hundred thousand responders: nothing overflows, and nobody waits.
    assert blocking(50_000, 100_000) == 0.0
    assert 0 < blocking(100_000, 100_000) < 0.003
    assert within(99_000, 100_000, 1) == 1.0


@given(st.floats(0.1, 80), st.floats(0, 3))
def test_more_responders_never_make_anybody_wait_longer(load: float, wait: float) -> None:
    shares = [within(load, servers, wait) for servers in range(100)]
    assert all(low <= high + 1e-15 for low, high in pairwise(shares))


@given(st.floats(-690, 690))
def test_the_exponential_is_the_exponential(power: float) -> None:
    assert exponential(power).shifted(0) == pytest.approx(exp(power), rel=1e-15)


def test_the_exponential_of_what_no_float_holds() -> None:
    assert exponential(-1e9).shifted(0) == 0.0
    huge = exponential(5_000.0)
    assert huge.by(exponential(-5_000.0)).shifted(0) == pytest.approx(1, rel=1e-12)
    assert Scaled(0.75, 3).times(2.0) == Scaled(0.75, 4)
