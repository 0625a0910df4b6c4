"""The same kind of job as people write it in Faust: a table that counts events per ticket, with the usual settings.

Usage: `python -m tests.chaos.naive_app BOOTSTRAP APP TOPIC PARTITIONS`
"""

from __future__ import annotations

import sys
from typing import Any

import faust


def main() -> None:
    bootstrap, name, topic, partitions = sys.argv[1:]
    app = faust.App(
        name,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        topic_partitions=int(partitions),
        # Takeovers as quick as those of the workers that this is compared with, and no web server in the way of the second one.
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.0,
        web_enabled=False,
    )
    source = app.topic(topic, key_serializer="raw", value_serializer="raw")
    counts = app.Table("counts", key_type=bytes, value_type=int, default=int)
    handled = 0

    async def count(stream: Any) -> None:
        nonlocal handled
        async for event in stream.events():
            counts[event.key] += 1
            handled += 1

    async def tell() -> None:
        sys.stdout.write(f"handled {handled}\n")
        sys.stdout.flush()

    app.agent(source)(count)
    app.timer(interval=0.5)(tell)
    faust.Worker(app, loglevel="ERROR", quiet=True, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main()
