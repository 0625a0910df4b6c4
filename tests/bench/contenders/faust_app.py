"""Idiomatic Faust: an agent, a table, one table write per event. `python -m ...faust_app BOOTSTRAP TOPIC COUNT PARTITIONS`."""

from __future__ import annotations

import os
import sys
from typing import Any

import faust

from tests.bench.contenders.outcome import Meter, tell
from tests.bench.job import Job


def build(bootstrap: str, topic: str, count: int, partitions: int) -> faust.App:
    """Return the app; it ends the process when it has folded `count` events."""
    app = faust.App(
        "bench-faust-" + os.environ["BENCH_RUN"],
        broker=f"kafka://{bootstrap}",
        store="memory://",
        topic_disable_leader=True,
        web_enabled=False,
        producer_request_timeout=30.0,
    )
    source = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    table: Any = app.Table("rows", partitions=partitions, key_type=bytes, value_type=bytes)
    job, meter = Job(), Meter()

    @app.agent(source)
    async def fold(stream: Any) -> None:
        async for event in stream.events():
            if not job.count:
                meter.begin()
            key = event.key
            table[key] = job.fold(key, table.get(key), event.value, round(event.message.timestamp * 1000))
            if job.count == count:
                await app.producer.flush()
                tell(meter.outcome(count, job.ending()))
                os._exit(0)  # what has been measured is over; Faust may take a minute and a half to stop

    return app


def main() -> None:
    bootstrap, topic, count, partitions = sys.argv[1:5]
    app = build(bootstrap, topic, int(count), int(partitions))
    faust.Worker(app, loglevel="ERROR", redirect_stdouts=False, quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
