from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.measures import BLOCK, EDGES, SUM
from pipeline.windows.panes import merge
from pipeline.windows.rolling import RollingWindow, SlotIndex, Sums, Tally, split

codes = st.sampled_from([0, 1, 7, BLOCK, BLOCK + 5, BLOCK + EDGES])
cells = st.dictionaries(codes, st.integers(-5, 5).filter(bool), max_size=4)
steps = st.lists(st.tuples(st.integers(0, 60), cells, st.integers(0, 25)), max_size=30)


@given(steps, st.integers(1, 20), st.booleans())
def test_a_window_equals_the_sum_of_its_panes_however_it_got_there(
    steps: list[tuple[int, dict[int, int], int]], length: int, lazy: bool
) -> None:
    window, sums, index, panes, until = RollingWindow(Tally()), RollingWindow(Sums()), SlotIndex(), {}, 1
    for slot, cell, ahead in steps:
        merge(panes.setdefault(slot, {}), cell)
        index.add(slot)
        for one in (window, sums):
            if one.since <= slot < one.until:
                one.tally.add(split(cell))
        until += ahead
        if not lazy or ahead % 2:
            for one in (window, sums):
                one.roll(until - length, until, index, lambda slot: [panes.get(slot, {})])
    for one in (window, sums):
        one.roll(until - length, until, index, lambda slot: [panes.get(slot, {})])
    expected: Counter[int] = Counter()
    for slot, cell in panes.items():
        if until - length <= slot < until:
            expected.update(cell)
    merged = {code: amount for code, amount in expected.items() if amount and code % BLOCK < EDGES}
    assert {index * BLOCK + offset: n for index, part in window.tally.parts.items() for offset, n in part.items()} == merged
    totals = {index: (part.get(SUM, 0), sum(part.values()) - part.get(SUM, 0)) for index, part in window.tally.parts.items()}
    assert sums.tally.parts == {index: total for index, total in totals.items() if total != (0, 0)}


@given(steps)
def test_what_entered_leaves_without_a_trace(steps: list[tuple[int, dict[int, int], int]]) -> None:
    window, index, panes = RollingWindow(Tally()), SlotIndex(), {}
    for slot, cell, _ in steps:
        merge(panes.setdefault(slot, {}), cell)
        index.add(slot)
    for until in range(1, 200):
        window.roll(until - 100, until, index, lambda slot: [panes.get(slot, {})])
    assert window.tally.parts == {}


@given(st.lists(st.integers(0, 50)), st.integers(0, 50), st.integers(0, 50))
def test_the_index_is_an_ordered_set(slots: list[int], since: int, until: int) -> None:
    index = SlotIndex()
    for slot in slots:
        index.add(slot)
    assert index.between(since, until) == sorted({slot for slot in slots if since <= slot < until})
    index.forget(since)
    assert index.between(0, 99) == sorted({slot for slot in slots if slot >= since})
