"""What every partition of a worker shares, and what makes a stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agents.clock import Clock
from agents.partitions.access import BrokerAccess
from agents.partitions.delivery import Delivery
from agents.partitions.effects import Bounds, Destination
from agents.partitions.failstop import OnFatal, end_process
from pipeline.engine import Engine, TimeMode, Topic


@dataclass(frozen=True, kw_only=True)
class StageConfig:
    """One step of the pipeline: a source topic, the engine that runs on each of its partitions, and where its effects go."""

    name: str
    source: str
    """Topic on the broker."""
    partitions: int
    """Of the source and of the changelog."""
    changelog: str
    """Compacted topic with as many partitions as the source."""
    engine: Callable[[int], Engine]
    """Makes the engine of a source partition."""
    topics: Mapping[Topic, Destination]
    """Where the engine's emits and dead letters go."""
    mode: TimeMode = TimeMode.LIVE
    grid_ms: int = 250
    """Ticks happen at multiples of this (live)."""
    batch_records: int = 4_000
    """Most records in one transaction. Fewer when their effects are larger than a transaction should be."""
    gathers: bool = False
    """Records that are all there is wait for the tick (live), to go with it in one transaction: only ticks say anything."""
    linger_ms: int = 0
    """Records wait until this long after the last transaction began, to share the next, unless they fill one."""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What the partitions of one worker have in common."""

    app_id: str
    """Consumer group, and the beginning of every transactional id."""
    access: BrokerAccess
    clock: Clock
    delivery: Delivery = Delivery.EXACTLY_ONCE
    epoch: int = 0
    """Of an `at_least_once` run: larger than that of any run before."""
    bounds: Bounds = field(default_factory=Bounds)
    batch_bytes: int = 4 << 20
    """Most bytes of source records in one transaction."""
    publish_every_ms: int = 1_000
    queue_batches: int = 2
    """Batches that wait at a partition before its fetching pauses."""
    on_fatal: OnFatal = end_process
