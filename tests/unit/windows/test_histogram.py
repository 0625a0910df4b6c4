from __future__ import annotations

from pipeline.additions import Ledger
from pipeline.measures import EDGES, HISTOGRAM, SUM, Measure, base
from pipeline.windows.histogram import add_duration, codes_of, index_of, quantile, quantiles, rank_of, representative

TEN_YEARS_MS = 10 * 366 * 86_400_000


def test_small_values_are_exact() -> None:
    assert [representative(index_of(value)) for value in range(128)] == list(range(128))


def test_negative_values_fall_into_the_class_of_zero() -> None:
    assert {index_of(-1), index_of(-1_000_000), index_of(0)} == {0}


def test_ten_years_need_about_two_thousand_classes() -> None:
    assert index_of(TEN_YEARS_MS) < 2_200


def test_classes_fit_between_the_sum_and_the_edges() -> None:
    assert HISTOGRAM + index_of(1 << 63) < EDGES


def test_quantiles_take_the_value_of_the_ceiling_rank() -> None:
    counts = {5: 1, 7: 2, 9: 1}
    assert quantiles(counts, (1, 2, 3, 4, 99)) == [5, 7, 7, 9, 9]
    assert quantile(counts, 2) == 7
    assert [rank_of(500_000, count) for count in (1, 2, 3, 4, 5)] == [1, 1, 2, 2, 3]
    assert rank_of(950_000, 20) == 19
    assert rank_of(950_000, 21) == 20


def test_codes_name_sum_class_and_the_first_edge_that_holds_the_value() -> None:
    first = base(Measure.FIRST_REPLY)
    assert codes_of(Measure.FIRST_REPLY, 100, (50, 100, 200)) == (first + SUM, first + HISTOGRAM + 100, first + EDGES + 1)
    assert codes_of(Measure.FIRST_REPLY, 201, (50, 100, 200))[2] == first + EDGES + 3


def test_a_duration_is_added_to_its_minute_and_taken_back_without_a_trace() -> None:
    ledger = Ledger()
    leaf = ("billing", "chat", "normal")
    add_duration(ledger, leaf, 180_500, Measure.FIRST_REPLY, 90_000, (60_000, 120_000))
    first = base(Measure.FIRST_REPLY)
    assert ledger.minutes == {(leaf, 3): {first: 90_000, first + HISTOGRAM + index_of(90_000): 1, first + EDGES + 1: 1}}
    add_duration(ledger, leaf, 180_500, Measure.FIRST_REPLY, 90_000, (60_000, 120_000), sign=-1)
    assert list(ledger.leaves()) == []


def test_a_negative_duration_counts_as_zero() -> None:
    ledger = Ledger()
    add_duration(ledger, ("a",), 0, Measure.NEXT_REPLY, -5_000, (60_000,))
    first = base(Measure.NEXT_REPLY)
    assert ledger.minutes == {(("a",), 0): {first: 0, first + HISTOGRAM: 1, first + EDGES: 1}}
