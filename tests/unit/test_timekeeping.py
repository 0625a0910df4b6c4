from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.partitions.timekeeping import Timekeeper
from pipeline.engine import TimeMode


def test_the_wall_clock_counts_only_once_caught_up() -> None:
    keeper = Timekeeper(TimeMode.LIVE, 250, 0)
    keeper.applied(1_100)
    assert keeper.due(1_000, 9_999, caught_up=False) == 1_000
    assert keeper.due(1_001, 9_999, caught_up=False) is None  # the deadline lies ahead in the log
    assert keeper.due(1_001, 9_999, caught_up=True) == 9_750


def test_a_producer_whose_clock_is_ahead_makes_no_deadline_pass() -> None:
    keeper = Timekeeper(TimeMode.LIVE, 250, 0)
    keeper.applied(50_000)
    assert keeper.due(10_000, 2_000, caught_up=False) is None


def test_nothing_due_and_event_time_tick_never() -> None:
    assert Timekeeper(TimeMode.LIVE, 250, 0).due(None, 5_000, caught_up=True) is None
    keeper = Timekeeper(TimeMode.EVENT, 250, 0)
    keeper.applied(5_000)
    assert keeper.due(1, 5_000, caught_up=True) is None
    assert keeper.wait_ms(1, 5_000) is None


def test_the_wait_ends_at_the_grid() -> None:
    keeper = Timekeeper(TimeMode.LIVE, 250, 1_000)
    assert keeper.wait_ms(1_010, 1_100) == 150
    assert keeper.wait_ms(900, 1_100) == 150  # due already, but this grid time has been ticked
    assert keeper.wait_ms(1_500, 1_100) == 400


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000), st.booleans())))
def test_ticks_are_on_the_grid_due_and_never_go_back(story: list[tuple[int, int, int, bool]]) -> None:
    keeper, ticks = Timekeeper(TimeMode.LIVE, 100, 0), [0]
    for appended, wall, due, caught_up in story:
        keeper.applied(appended)
        if (at := keeper.due(due, wall, caught_up=caught_up)) is not None:
            assert at % 100 == 0
            assert due <= at <= wall
            keeper.ticked(at)
            ticks.append(at)
    assert ticks == sorted(set(ticks))
