"""Stages and partitions as the exporter and the health checks see them, with values that a test sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.timing import DurationCounts
from pipeline.published import Published


@dataclass
class FixedPartition:
    """A `PartitionView`."""

    partition: int
    published: Published = field(default_factory=Published)
    position: int = 0
    lag: int | None = 0
    engine_time_ms: int | None = None
    records: int = 0
    replayed: int = 0
    transactions: Mapping[str, int] = field(default_factory=dict)
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    restored_rows: int = 0
    restore_ms: int = 0
    tick_delay_ms: int = 0


@dataclass
class FixedStage:
    """A `StageView`."""

    name: str
    partitions: Sequence[FixedPartition] = ()
    joined: bool = True
    restoring: int = 0
    transaction_times: DurationCounts = field(default_factory=DurationCounts)
