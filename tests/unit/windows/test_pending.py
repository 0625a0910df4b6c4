from __future__ import annotations

from pipeline.additions import SCHEMA, Additions, LeafAdditions
from pipeline.windows.pending import Pending, Rows

M = 60_000


def additions(source: int, sequence: int, tick: int, amount: int = 1, passed: int = 0) -> Additions:
    leaf = LeafAdditions(("a",), {0: {0: amount}}, {})
    return Additions(SCHEMA, "acme", source, sequence, tick, [leaf], passed)


def test_additions_of_a_tick_are_taken_as_their_sum_and_what_cancels_is_left_out() -> None:
    pending, rows = Pending(2, M), Rows()
    for source, sequence, tick, amount in ((1, 1, M, 2), (0, 9, M, -2), (0, 2, M - 5, 5), (0, 1, 2 * M, 1)):
        pending.add(additions(source, sequence, tick, amount), rows)
    assert pending.next_tick() == M
    taken = list(pending.take(M, rows))
    assert [(tenant, leaf.leaf, leaf.minutes) for tenant, leaf in taken] == [("acme", ("a",), {0: {0: 5}})]
    assert pending.next_tick() == 2 * M
    pending.add(additions(0, 3, 2 * M, -1), rows)
    assert list(pending.take(2 * M, rows)) == []
    assert pending.next_tick() is None


def test_what_is_taken_in_the_effects_it_came_in_never_becomes_a_row() -> None:
    pending, rows = Pending(1, M), Rows()
    pending.add(additions(0, 1, M), rows)
    assert len(list(pending.take(M, rows))) == 1
    assert rows == {}
    pending.add(additions(0, 2, 2 * M), rows)
    assert len(rows) == 1
    pending.written()
    later = Rows()
    assert len(list(pending.take(2 * M, later))) == 1
    assert later == dict.fromkeys(rows)


def test_time_has_passed_when_every_source_says_so() -> None:
    pending, rows = Pending(2, M), Rows()
    pending.add(additions(0, 1, M, passed=3 * M), rows)
    assert pending.passed() == 0
    pending.add(additions(1, 1, M, passed=2 * M), rows)
    pending.add(additions(1, 2, M, passed=M), rows)
    assert pending.passed() == 2 * M
