from __future__ import annotations

import msgspec
import pytest

from agents.partitions.effects import POSITION_KEY, Bounds, Destination, Packer, PositionRow
from agents.partitions.failstop import ConfigurationError, EngineError
from pipeline.engine import DeadLetter, Effects, Emit, Topic
from pipeline.partitioning import partition_of

POSITION = PositionRow(next_offset=7, source_partitions=4, tick_ms=3)
TOPICS = {Topic.PANES: Destination("panes", 8), Topic.DEAD_LETTERS: Destination("dead", 2)}


def packer(bounds: Bounds | None = None) -> Packer:
    return Packer(("log", 3), TOPICS, bounds or Bounds())


def test_rows_go_to_the_own_changelog_partition_with_the_position_last() -> None:
    parcel = packer().pack(Effects(rows={b"a": b"1", b"b": None}), POSITION)
    entries = parcel.outgoing["log", 3]
    assert entries[:2] == [(b"a", b"1", ()), (b"b", None, ())]
    key, value, _ = entries[2]
    assert key == POSITION_KEY
    assert msgspec.json.decode(value or b"", type=PositionRow) == POSITION
    assert parcel.rows == 3


def test_emits_go_to_the_partition_asked_for_or_to_that_of_the_key() -> None:
    emits = [Emit(Topic.PANES, b"k", b"1"), Emit(Topic.PANES, b"k", b"2", partition=5)]
    outgoing = packer().pack(Effects(emits=emits), POSITION).outgoing
    assert [value for _, value, _ in outgoing["panes", partition_of(b"k", 8)]] == [b"1"]
    assert [value for _, value, _ in outgoing["panes", 5]] == [b"2"]


def test_dead_letters_are_json_under_the_coordinates_of_the_record() -> None:
    letter = DeadLetter(reason="bad", detail="no", topic="source", partition=3, offset=9, size_bytes=1, sha256="00")
    ((key, value, _),) = packer().pack(Effects(dead_letters=[letter]), POSITION).outgoing["dead", 1]
    assert key == b"source:3:9"
    assert msgspec.json.decode(value or b"", type=DeadLetter) == letter


def test_without_a_changelog_there_are_no_rows_and_every_emit_carries_the_headers() -> None:
    effects = Effects(rows={b"a": b"1"}, emits=[Emit(Topic.PANES, b"k", b"1", headers=[("x", b"y")])])
    parcel = Packer(None, TOPICS, Bounds()).pack(effects, POSITION, (("epoch", b"5"),))
    (entries,) = parcel.outgoing.values()
    assert list(entries[0][2]) == [("x", b"y"), ("epoch", b"5")]
    assert parcel.rows == 0


def test_what_is_too_much_says_so_and_what_is_far_too_much_is_refused() -> None:
    bounds = Bounds(rows=10, excess=3)
    assert not packer(bounds).pack(Effects(rows={b"%d" % n: b"" for n in range(9)}), POSITION).exceeds(bounds)
    assert packer(bounds).pack(Effects(rows={b"%d" % n: b"" for n in range(10)}), POSITION).exceeds(bounds)
    with pytest.raises(EngineError, match="31 rows"):
        packer(bounds).pack(Effects(rows={b"%d" % n: b"" for n in range(30)}), POSITION)


def test_bytes_count_too() -> None:
    bounds = Bounds(size_bytes=1_000)
    assert packer(bounds).pack(Effects(emits=[Emit(Topic.PANES, b"k", b"x" * 1_000)]), POSITION).exceeds(bounds)


@pytest.mark.parametrize(
    ("effects", "error"),
    [
        (Effects(rows={b"\x00position": b"1"}), EngineError),
        (Effects(rows={b"": b"1"}), EngineError),
        (Effects(rows={b"a": b"x" * 1_000_001}), EngineError),
        (Effects(emits=[Emit(Topic.PANES, b"a", b"1", partition=8)]), EngineError),
        (Effects(emits=[Emit(Topic.CLOCKS, b"a", b"1")]), ConfigurationError),
    ],
)
def test_what_no_broker_could_take_is_refused(effects: Effects, error: type[Exception]) -> None:
    with pytest.raises(error):
        packer().pack(effects, POSITION)
