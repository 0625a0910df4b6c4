from __future__ import annotations

from agents.clock import ManualClock
from agents.health import Progress, Readiness
from tests.support.views import FixedPartition, FixedStage

MINUTE_MS = 60_000


def watched(partition: FixedPartition) -> tuple[Progress, ManualClock]:
    clock = ManualClock(1_000_000)
    return Progress([FixedStage("tickets", [partition])], clock, patience_ms=MINUTE_MS), clock


def test_a_partition_that_stands_still_while_records_wait_is_not_alive() -> None:
    live, clock = watched(FixedPartition(3, position=40, lag=7))
    assert live().ok
    clock.advance(MINUTE_MS)
    assert live().ok
    clock.advance(1)
    verdict = live()
    assert not verdict.ok
    assert verdict.reason == "tickets partition 3 has stood at offset 40 for 60 s, 7 records behind"


def test_a_partition_that_advances_is_alive_however_far_behind() -> None:
    partition = FixedPartition(0, position=0, lag=1_000_000)
    live, clock = watched(partition)
    for position in range(5):
        partition.position = position
        assert live().ok
        clock.advance(MINUTE_MS)


def test_quiet_is_not_stuck() -> None:
    partition = FixedPartition(0, position=5, lag=0)
    live, clock = watched(partition)
    assert live().ok
    clock.advance(10 * MINUTE_MS)
    partition.lag = 3  # they came a moment ago: this look is the first that sees them
    assert live().ok
    partition.lag = None
    clock.advance(10 * MINUTE_MS)
    assert live().ok


def test_a_partition_that_comes_back_is_not_judged_by_its_former_stay() -> None:
    stage = FixedStage("tickets", [FixedPartition(0, position=5, lag=1)])
    clock = ManualClock()
    live = Progress([stage], clock, patience_ms=MINUTE_MS)
    assert live().ok
    partitions, stage.partitions = stage.partitions, []
    assert live().ok
    clock.advance(2 * MINUTE_MS)
    stage.partitions = partitions
    assert live().ok


def test_ready_once_every_stage_has_joined_and_restored() -> None:
    tickets, segments = FixedStage("tickets", joined=False), FixedStage("segments", [FixedPartition(0)], restoring=2)
    ready = Readiness([tickets, segments])
    assert not ready().ok
    assert ready().reason == "tickets: waits for its consumer group; segments: restores 2 partitions"
    tickets.joined, segments.restoring = True, 0
    assert ready().ok
    assert ready().reason == "tickets: owns 0; segments: owns 1"
