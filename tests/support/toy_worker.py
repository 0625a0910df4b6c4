"""A worker process that runs a toy engine: `python -m tests.support.toy_worker '{"bootstrap": ..., "engine": ...}'`."""

from __future__ import annotations

import faulthandler
import sys
import time

import msgspec

from agents.app import Membership, build_app, run_worker
from agents.clock import SystemClock
from agents.partitions.access import BrokerAccess
from agents.partitions.delivery import Delivery
from agents.partitions.effects import Destination
from agents.partitions.runtime import Runtime, StageConfig
from pipeline.engine import Effects, Engine, Record, TimeMode, Topic
from tests.support.toy_engine import ENGINES


class ToySettings(msgspec.Struct, kw_only=True):
    """What the tests vary."""

    bootstrap: str
    app_id: str
    engine: str = "CountingEngine"
    source: str = "source"
    partitions: int = 4
    mode: TimeMode = TimeMode.LIVE
    delivery: Delivery = Delivery.EXACTLY_ONCE
    epoch: int = 0
    batch_records: int = 2_000
    slow_ms: int = 0
    """Sleep this long in each `apply`, so that a kill hits the middle of work."""
    session_timeout_seconds: float = 6.0
    patience_seconds: float = 60.0
    loglevel: str = "WARNING"

    @property
    def changelog(self) -> str:
        return f"{self.app_id}-toy-changelog"


def _slowed(engine: Engine, slow_ms: int) -> Engine:
    if slow_ms:
        apply = engine.apply

        def slow(records: list[Record]) -> Effects:
            time.sleep(slow_ms / 1000)
            return apply(records)

        engine.apply = slow  # type: ignore[method-assign,assignment]  # a test's way to slow a toy down
    return engine


def main() -> None:
    faulthandler.enable()
    settings = msgspec.json.decode(sys.argv[1], type=ToySettings)
    make = ENGINES[settings.engine]
    stage = StageConfig(
        name="toy",
        source=settings.source,
        partitions=settings.partitions,
        changelog=settings.changelog,
        engine=lambda partition: _slowed(make(partition), settings.slow_ms),
        topics={
            Topic.SLA_EVENTS: Destination(f"{settings.app_id}-echoes", 2),
            Topic.ALERTS: Destination(f"{settings.app_id}-alarms", 1),
            Topic.DEAD_LETTERS: Destination(f"{settings.app_id}-dead", 1),
        },
        mode=settings.mode,
        batch_records=settings.batch_records,
    )
    runtime = Runtime(
        app_id=settings.app_id,
        access=BrokerAccess(bootstrap=settings.bootstrap),
        clock=SystemClock(),
        delivery=settings.delivery,
        epoch=settings.epoch,
    )
    membership = Membership(
        session_timeout_seconds=settings.session_timeout_seconds,
        heartbeat_seconds=1.0,
        patience_seconds=settings.patience_seconds,
    )
    run_worker(build_app(runtime, [stage], membership), settings.loglevel)


if __name__ == "__main__":
    main()
