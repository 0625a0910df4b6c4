from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.judgement.lifetable import Ended, Outlook, outlook


def nobody(_age: int) -> int:
    return 0


def test_without_anybody_waiting_it_is_the_plain_quantile() -> None:
    assert outlook([Ended(age, 0, 1) for age in range(1, 11)], nobody) == Outlook(5, 9)


def test_the_remission_times_of_freireich_as_printed_by_kaplan_meier_textbooks() -> None:
    # 6-mercaptopurine group, weeks (Freireich et al. 1963; Klein & Moeschberger 2003, table 4.1B): S(22) = 0.538, S(23) = 0.448.
    ended = [Ended(6, 0, 3), *(Ended(week, 0, 1) for week in (7, 10, 13, 16, 22, 23))]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = outlook(ended, lambda age: len(censored) - bisect_left(censored, age))
    assert found == Outlook(23, None)


def test_a_wait_counts_only_at_the_ages_it_had_inside_the_period() -> None:
    # One answered at 100 was 90 old when the period began: at age 50 it was not seen, so 50 is everybody's end there.
    ended = [Ended(50, 0, 1), Ended(100, 90, 1)]
    assert outlook(ended, nobody) == Outlook(50, 50)
    assert outlook([Ended(50, 0, 1), Ended(100, 0, 1)], nobody) == Outlook(50, 100)


def test_customers_who_still_wait_make_waits_longer() -> None:
    ended = [Ended(10, 0, 5), Ended(60, 0, 5)]
    assert outlook(ended, nobody) == Outlook(10, 60)
    assert outlook(ended, lambda age: 10 if age <= 30 else 0) == Outlook(60, 60)
    assert outlook(ended, lambda _age: 100) == Outlook(None, None)
    assert outlook([], nobody) == Outlook(None, None)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=40),
    st.lists(st.integers(0, 60), max_size=40),
)
def test_it_equals_the_product_taken_one_customer_at_a_time(waits: list[tuple[int, int]], ages: list[int]) -> None:
    ended = [Ended(lasted, min(entered, lasted - 1), 1) for lasted, entered in waits]
    left, expected = 1.0, []
    for age in sorted({one.lasted_ms for one in ended}):
        at_risk = sum(one.entered_ms < age <= one.lasted_ms for one in ended) + sum(waiting >= age for waiting in ages)
        left *= 1 - sum(one.lasted_ms == age for one in ended) / at_risk
        expected.append((age, left))
    reached = [next((age for age, share in expected if share <= limit + 1e-9), None) for limit in (0.5, 0.1)]
    found = outlook(ended, lambda age: sum(waiting >= age for waiting in ages))
    assert list(found) == pytest.approx(reached) if None not in reached else list(found) == reached
