from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.partitions.batch import Batch, steps
from agents.partitions.tally import StepSize
from pipeline.engine import LogRecord


def records(*sizes: int) -> list[LogRecord]:
    return [LogRecord("t", 0, offset, 0, b"", b"x" * size) for offset, size in enumerate(sizes)]


def test_a_batch_knows_its_ends() -> None:
    batch = Batch("t", 0, records(1, 1, 1), follows=0, seeks=0)
    assert (batch.first, batch.last) == (0, 2)


@given(st.lists(st.integers(0, 50)), st.integers(1, 9), st.integers(1, 120))
def test_steps_keep_order_and_bounds(sizes: list[int], most: int, most_bytes: int) -> None:
    whole = records(*sizes)
    cut = list(steps(whole, most, most_bytes))
    assert [record for step in cut for record in step] == whole
    for step in cut:
        assert 1 <= len(step) <= most
        assert len(step) == 1 or sum(len(record.value or b"") for record in step) <= most_bytes


def test_steps_shrink_when_their_effects_are_too_large_and_grow_back() -> None:
    size = StepSize(1_000)
    size.took(1_000, too_large=True)
    assert size.records == 500
    size.took(500, too_large=True)
    assert size.records == 250
    for _ in range(4):
        size.took(250, too_large=False)
    assert size.records == 1_000
    size.took(1, too_large=True)
    assert size.records == 1
