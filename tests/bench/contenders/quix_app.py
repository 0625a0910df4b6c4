"""Quix Streams, exactly once, its state in RocksDB and a changelog. `python -m ...quix_app BOOTSTRAP TOPIC COUNT PARTITIONS`."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from quixstreams import Application

from tests.bench.contenders.outcome import Meter, tell
from tests.bench.job import Job


def main() -> None:
    bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    job, meter = Job(), Meter()

    def fold(value: bytes, key: bytes, timestamp_ms: int, _headers: Any, state: Any) -> None:
        if not job.count:
            meter.begin()
        state.set_bytes("row", job.fold(key, state.get_bytes("row"), value, timestamp_ms))

    with tempfile.TemporaryDirectory(prefix="bench-quix-") as folder:
        app = Application(
            broker_address=bootstrap,
            consumer_group="bench-quix-" + os.environ["BENCH_RUN"],
            processing_guarantee="exactly-once",
            auto_offset_reset="earliest",
            state_dir=folder,
            loglevel="ERROR",
        )
        source = app.topic(topic, key_deserializer="bytes", value_deserializer="bytes")
        frame = app.dataframe(source)
        frame.apply(fold, stateful=True, metadata=True)
        app.run(count=count, collect=False)
        tell(meter.outcome(count, job.ending()))


if __name__ == "__main__":
    main()
