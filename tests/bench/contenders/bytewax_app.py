"""Bytewax on its Kafka source, rows kept decoded in memory, nothing durable. `python -m ...bytewax_app BOOTSTRAP TOPIC COUNT`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

from pipeline.tickets.row import HotRow
from tests.bench.contenders.outcome import Meter, tell
from tests.bench.job import Job

_Keyed = tuple[str, Any]
"""Key and message: what a stateful step is given has to know its own key."""
_AT_ONCE = 2_000


class _Nowhere(StatelessSinkPartition[object]):
    def write_batch(self, items: Sequence[object]) -> None:
        """Write nothing: the others keep their rows, this one has none to keep."""


class _Sink(DynamicSink[object]):
    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Nowhere:
        return _Nowhere()


def main() -> None:
    bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    job, meter = Job(), Meter()

    def keyed(message: Any) -> tuple[str, _Keyed]:
        assert isinstance(message, KafkaSourceMessage)  # what is wrong at the source is raised there
        assert message.key is not None
        key = message.key.decode()
        return key, (key, message)

    def fold(hot: HotRow | None, pair: _Keyed) -> tuple[HotRow, int | None]:
        if not job.count:
            meter.begin()
        key, message = pair
        hot = job.fold_hot(key, hot, message.value, message.timestamp[1])
        return hot, hot.row.state.first_reply_ms

    flow = Dataflow("bench_" + os.environ["BENCH_RUN"].replace("-", "_"))
    source = KafkaSource([bootstrap], [topic], tail=False, batch_size=_AT_ONCE)
    op.output("out", op.stateful_map("fold", op.map("key", op.input("in", flow, source), keyed), fold), _Sink())
    run_main(flow)
    assert job.count == count
    tell(meter.outcome(count, job.ending()))


if __name__ == "__main__":
    main()
