from __future__ import annotations

from pipeline.additions import SCHEMA, Additions, LeafAdditions
from pipeline.windows.pending import Pending, Rows

M = 60_000
LEAF = LeafAdditions(("billing",), {}, {})


def additions(source: int, sequence: int, tick: int, passed: int = 0) -> Additions:
    return Additions(SCHEMA, "acme", source, sequence, tick, [LEAF], passed)


def test_additions_are_taken_in_the_order_of_tick_source_and_sequence() -> None:
    pending, rows = Pending(2, M), Rows()
    for source, sequence, tick in ((1, 1, M), (0, 9, M), (0, 2, M - 5), (0, 1, 2 * M)):
        pending.add(additions(source, sequence, tick), rows)
    assert pending.next_tick() == M
    taken = [*pending.take(M, 2, rows), *pending.take(M, 2, rows)]
    assert [(one.source, one.sequence) for one in taken] == [(0, 2), (0, 9), (1, 1)]
    assert pending.next_tick() == 2 * M


def test_what_is_taken_in_the_effects_it_came_in_never_becomes_a_row() -> None:
    pending, rows = Pending(1, M), Rows()
    pending.add(additions(0, 1, M), rows)
    pending.add(additions(0, 2, M), rows)
    pending.take(M, 1, rows)
    assert len(rows) == 1
    pending.written()
    later = Rows()
    pending.take(M, 1, later)
    assert later == dict.fromkeys(rows)


def test_time_has_passed_when_every_source_says_so() -> None:
    pending, rows = Pending(2, M), Rows()
    pending.add(additions(0, 1, M, passed=3 * M), rows)
    assert pending.passed() == 0
    pending.add(additions(1, 1, M, passed=2 * M), rows)
    pending.add(additions(1, 2, M, passed=M), rows)
    assert pending.passed() == 2 * M
