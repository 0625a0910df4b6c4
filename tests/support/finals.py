"""Reads what a pipeline has left on a broker, read_committed, in the form of an offline run's outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from pipeline.engine import Emit, Topic
from pipeline.offline import COMPACTED, Outputs


def committed(bootstrap: str, topic: str) -> Iterator[tuple[bytes | None, bytes | None]]:
    """Yield key and value of every committed record of a topic, partition by partition."""
    consumer: Any = KafkaConsumer(  # type: ignore[no-untyped-call]  # kafka-python is untyped
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_bytes=64 << 20,
        max_partition_fetch_bytes=8 << 20,
    )
    try:
        parts: list[Any] = [TopicPartition(topic, partition) for partition in sorted(consumer.partitions_for_topic(topic) or ())]
        if not parts:  # a topic of measures that are not configured
            return
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        consumer.seek_to_beginning(*parts)
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=500, max_records=10_000).values():
                for record in records:
                    yield record.key, record.value
    finally:
        consumer.close()


def final_outputs(bootstrap: str, prefix: str = "") -> Outputs:
    """Collect the final outputs of a run: the newest value per key, and every SLA event."""
    outputs = Outputs()
    for topic in (*COMPACTED, Topic.SLA_EVENTS):
        for key, value in committed(bootstrap, prefix + topic.value):
            outputs.take(Emit(topic, key, value))
    return outputs
