"""How many responders a promise takes, for customers on the line and for work that may wait."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.staffing.deferred import OVERDUE_MS, done_ms, due_need
from pipeline.staffing.required import Promise, Traffic, kept_ppm, least, required

pytestmark = pytest.mark.mission("C4")
MINUTE, HOUR = 60_000, 3_600_000
CALLS = Traffic(100, HOUR // 2, 180_000)
ALWAYS = 1_000_000
"""Occupancy without a cap."""


def test_the_worked_example_of_call_centre_helper() -> None:
    """100 calls in half an hour, 180 s each, 80 % within 20 s: 14 responders, of which 71.4 % is work."""
    assert required(CALLS, Promise(800_000, 20_000)) == 14
    assert CALLS.erlangs == 10
    assert kept_ppm(CALLS, Promise(800_000, 20_000), 14) == 888_350
    assert kept_ppm(CALLS, Promise(800_000, 20_000), 13) == 795_594


def test_a_large_centre() -> None:
    """950 erlangs, 80/20: 961 (reference of detection, 3.2, by an exact fraction)."""
    assert required(Traffic(19_000, HOUR, 180_000), Promise(800_000, 20_000, ALWAYS)) == 961


def test_impatient_customers_take_fewer() -> None:
    """80/20 at 10 erlangs with two minutes of patience takes 12 (reference of detection, 3.1), where Erlang C says 14."""
    assert required(CALLS, Promise(800_000, 20_000, 850_000, 120_000)) == 12


def test_occupancy_has_the_last_word() -> None:
    generous = Promise(500_000, HOUR)
    assert required(CALLS, generous) == 12  # 10 erlangs at 85 %
    assert required(CALLS, generous._replace(occupancy_ppm=ALWAYS)) == 11


def test_the_edges() -> None:
    assert required(Traffic(0, HOUR, 180_000), Promise(800_000, 20_000)) == 0
    assert kept_ppm(Traffic(0, HOUR, 180_000), Promise(800_000, 20_000), 0) == 1_000_000
    assert required(Traffic(1, 1_000 * HOUR, 1_000), Promise(800_000, 20_000)) == 1
    assert required(Traffic(1, 1_000 * HOUR, 1_000), Promise(800_000, 20_000, patience_ms=1_000)) == 1
    # 50,000 erlangs: Halfin and Whitt's limit gives 1 - .924 e^(-14/9) = .805 at 14 more, and .781 at 13 more.
    assert required(Traffic(1_000_000, HOUR, 180_000), Promise(800_000, 20_000, ALWAYS)) == 50_014


promises = st.builds(
    Promise,
    st.integers(100_000, 990_000),
    st.integers(0, HOUR),
    st.integers(500_000, 1_000_000),
    st.none() | st.integers(1_000, HOUR),
)
traffics = st.builds(Traffic, st.integers(1, 400), st.integers(MINUTE, 24 * HOUR), st.integers(1_000, HOUR // 4))


@given(traffics.filter(lambda one: one.erlangs < 300), promises)
def test_it_is_enough_and_one_less_is_not(traffic: Traffic, promise: Promise) -> None:
    number = required(traffic, promise)
    assert kept_ppm(traffic, promise, number) >= promise.share_ppm - 1
    busy = least(traffic.work_ms, traffic.period_ms, promise.occupancy_ppm)
    assert number >= busy
    assert number in (1, busy) or kept_ppm(traffic, promise, number - 1) <= promise.share_ppm


MAILS = Traffic(30, HOUR, 8 * MINUTE)
"""Four erlangs of mails."""
dues = st.lists(st.tuples(st.integers(-HOUR, 48 * HOUR), st.integers(1, 50)), max_size=8)


def by_hand(waiting: list[tuple[int, int]], traffic: Traffic, promised_ms: int, occupancy: Fraction) -> int:
    """Do the same in fractions of a responder, asking every due time from the start."""
    rate = Fraction(traffic.work_ms, traffic.period_ms)
    need = rate / occupancy
    for due_ms, _ in waiting:
        horizon = max(due_ms, OVERDUE_MS)
        due = sum(contacts for at, contacts in waiting if at <= due_ms) * traffic.handling_ms
        need = max(need, (due + rate * max(0, horizon - promised_ms)) / (occupancy * horizon))
    return ceil(need)


@given(dues, st.integers(MINUTE, 48 * HOUR))
def test_due_dates_are_kept_exactly(waiting: list[tuple[int, int]], promised_ms: int) -> None:
    assert due_need(waiting, MAILS, promised_ms) == by_hand(waiting, MAILS, promised_ms, Fraction(95, 100))


def test_due_dates_by_hand() -> None:
    day = 24 * HOUR
    assert due_need([], MAILS, day) == 5  # 4 erlangs at 95 %
    assert due_need([(day, 100)], MAILS, day) == 5  # 800 minutes within a day: the flow needs more
    assert due_need([(HOUR, 60)], MAILS, day) == 9  # 480 minutes within 57
    assert due_need([(-day, 12)], MAILS, day) == 7  # 96 minutes within a quarter of an hour at 95 %
    assert due_need([], Traffic(0, HOUR, 8 * MINUTE), day) == 0


def test_how_long_a_backlog_lasts() -> None:
    assert done_ms(0, MAILS, 0) == 0
    assert done_ms(10, MAILS, 4) is None  # 3.8 of 4 erlangs
    assert done_ms(30, MAILS, 8, 1_000_000) == HOUR  # 240 minutes of work, 4 hours of spare work an hour
    assert done_ms(1, Traffic(0, HOUR, 8 * MINUTE), 1, 1_000_000) == 8 * MINUTE
