"""Turns: whoever is found by looking at all is found by looking at those whose turn it is, and each once in its time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.windows.turns import Turns

GRID_MS = 50
times = st.integers(0, 40 * GRID_MS)


def states(*phases: int) -> list[Any]:
    return [SimpleNamespace(phase=phase) for phase in phases]


@given(st.lists(st.integers(0, 1 << 32)), st.integers(1, 25), times, times)
def test_those_between_two_times_are_those_that_have_a_turn(phases: list[int], every: int, last_ms: int, passed_ms: int) -> None:
    turns, everyone = Turns(GRID_MS, every), states(*phases)
    turns.add(everyone)
    found = list(turns.between(last_ms, last_ms + passed_ms))
    assert len(found) == len({id(state) for state in found})
    expected = [state for state in everyone if turns.has(state, last_ms, last_ms + passed_ms)]
    assert sorted(map(id, found)) == sorted(map(id, expected))


@given(st.integers(0, 1 << 32), st.integers(1, 25), st.integers(0, 1_000))
def test_each_has_one_turn_in_so_many_steps(phase: int, every: int, begin: int) -> None:
    turns = Turns(GRID_MS, every)
    turns.add(states(phase))
    steps = range(begin, begin + every)
    assert sum(len(list(turns.between(step * GRID_MS, (step + 1) * GRID_MS))) for step in steps) == 1


def test_nobody_has_a_turn_where_no_step_passes() -> None:
    turns = Turns(GRID_MS, 1)
    turns.add(states(0, 1))
    assert not list(turns.between(100, 149))
    assert len(list(turns.between(100, 150))) == 2
