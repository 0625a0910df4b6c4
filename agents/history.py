"""Ticket events of the past, from files or from the topic, each with the time at which it arrived."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from agents.connection import client_arguments
from agents.settings import Settings
from agents.topics import Changelog, name_of
from pipeline.arrival import keyed
from pipeline.engine import Topic

_POLL_MS = 1_000


class Told(NamedTuple):
    """One record. A tombstone has no value."""

    key: bytes | None
    value: bytes | None
    at_ms: int


class Placed(NamedTuple):
    """One record of a topic, and where it stands."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    at_ms: int
    headers: tuple[tuple[str, bytes], ...]


class MissingTopicError(LookupError):
    """The topic is not there."""


def from_files(files: Iterable[Path]) -> Iterator[Told]:
    """Yield the lines of NDJSON logs; `-` is standard input.

    Raises:
        OSError: a file cannot be read.

    """
    for key, value, at_ms in keyed(chain.from_iterable(_lines(file) for file in files)):
        yield Told(key, value, at_ms)


def _lines(file: Path) -> Iterator[bytes]:
    if str(file) == "-":
        yield from sys.stdin.buffer
        return
    with file.open("rb") as stream:
        yield from stream


def from_topic(settings: Settings, topic: Topic, partition: int | None = None) -> Iterator[Told]:
    """Yield what was committed to a topic until now, of every partition or of one.

    Raises:
        MissingTopicError: the topic is not there.
        OSError, KafkaError: the broker does not answer.

    """
    for record in placed(settings, topic, partition):
        yield Told(record.key, record.value, record.at_ms)


def placed(settings: Settings, topic: Topic | Changelog, partition: int | None = None) -> Iterator[Placed]:
    """Yield what was committed to a topic until now, of every partition or of one, each record with its place.

    Raises:
        MissingTopicError: the topic is not there.
        OSError, KafkaError: the broker does not answer.

    """
    open_consumer, place_of = _client()
    name = name_of(topic, settings.topics)
    consumer = open_consumer(
        bootstrap_servers=settings.broker.bootstrap.split(","),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **client_arguments(settings.broker),
    )
    try:
        there = consumer.partitions_for_topic(name)
        if not there:
            raise MissingTopicError(name)
        places = [place_of(name, number) for number in sorted(there) if partition is None or number == partition]
        ends = consumer.end_offsets(places)
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        while any(consumer.position(place) < ends[place] for place in places):
            for place, records in consumer.poll(timeout_ms=_POLL_MS).items():
                for record in records:
                    if record.offset < ends[place]:
                        headers = tuple(record.headers)
                        yield Placed(place.partition, record.offset, record.key, record.value, record.timestamp, headers)
    finally:
        consumer.close()


def _client() -> tuple[Any, Any]:
    """Return kafka-python's consumer and partition: loaded only by those who read from a broker."""
    with warnings.catch_warnings():
        # kafka-python 3.0 reads its message schemas with functions that Python 3.11 deprecates (and 3.13 takes back into favour).
        warnings.filterwarnings("ignore", message="(read|open)_text is deprecated", category=DeprecationWarning)
        from kafka import KafkaConsumer, TopicPartition  # noqa: PLC0415 - takes a while to load
    return KafkaConsumer, TopicPartition
