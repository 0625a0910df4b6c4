"""The Faust agent of a stage. It holds no logic: an exception in a Faust agent acknowledges the event."""

from __future__ import annotations

from typing import Any

from agents.partitions.batch import BatchSchema
from agents.partitions.stage import Stage
from agents.partitions.store import PartitionTable


def register(app: Any, stage: Stage) -> Any:
    """Declare the table and the agent of `stage` in `app`, and return the agent."""
    config = stage.config
    app.tables.add(PartitionTable(app, stage=stage, partitions=config.partitions))
    source = app.topic(config.source, schema=BatchSchema(value_type=bytes), partitions=config.partitions)

    async def take(stream: Any) -> None:
        """Put each batch on its partition's queue. It never waits, so that one busy partition cannot hold up another."""
        async for event in stream.events():
            stage.offer(event.value)

    return app.agent(source, name=config.name)(take)
