"""Quantiles that are followed equal quantiles that are sought anew, whatever is added and taken away between readings."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measures import INDEX, Measure
from pipeline.windows.distribution import stats_of, together
from pipeline.windows.histogram import codes_of
from pipeline.windows.rolling import Tally, split
from pipeline.windows.rows import Cell
from tests.support.effort import examples

FIRST, NEXT = Measure.FIRST_REPLY, Measure.NEXT_REPLY
BOTH = (INDEX[FIRST], INDEX[NEXT])
READINGS = ((INDEX[FIRST],), (INDEX[NEXT],), BOTH)
durations = st.lists(st.integers(0, 100_000_000), max_size=120)
steps = st.lists(st.tuples(st.sampled_from((FIRST, NEXT)), durations, st.booleans()), max_size=12)


def cell_of(measure: Measure, lengths: list[int]) -> Cell:
    cell: Cell = {}
    for length in lengths:
        total, cls, _ = codes_of(measure, length, ())
        cell[total] = cell.get(total, 0) + length
        cell[cls] = cell.get(cls, 0) + 1
    return cell


def agree(tally: Tally) -> None:
    for indices in READINGS:
        assert tally.stats(indices) == stats_of(together([tally.parts.get(index, {}) for index in indices]))


@settings(max_examples=examples(200))
@given(steps, st.integers(0, 2))
def test_followed_quantiles_equal_sought_ones(steps: list[tuple[Measure, list[int], bool]], every: int) -> None:
    tally, held = Tally(), []
    for number, (measure, lengths, leave) in enumerate(steps):
        cell = cell_of(measure, lengths)
        tally.add(split(cell))
        held.append(cell)
        if leave:
            tally.add(split(held.pop(0)), -1)
        if number % (every + 1) == 0:
            agree(tally)
    agree(tally)


@settings(max_examples=examples(50))
@given(durations.filter(len), st.integers(0, 100_000_000))
def test_what_was_taken_away_too_early_does_no_harm(lengths: list[int], early: int) -> None:
    tally = Tally()
    many = cell_of(FIRST, [*lengths, *range(0, 90_000, 300)])
    tally.add(split(many))
    agree(tally)
    tally.add(split(cell_of(FIRST, [early])), -1)
    agree(tally)
    tally.add(split(cell_of(FIRST, [early])))
    agree(tally)
    tally.add(split(many), -1)
    assert tally.parts == {}
    agree(tally)
