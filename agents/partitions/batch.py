"""A coalesced batch: the raw records of one partition that travel through Faust as one message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import faust

from pipeline.engine import Record


class Batch:
    """Records of one partition in offset order, nothing between them left out, and what the fetcher did before them."""

    __slots__ = ("follows", "partition", "records", "seeks", "topic")

    def __init__(self, topic: str, partition: int, records: Sequence[Record], *, follows: int, seeks: int) -> None:
        """Take `records`; from `follows` to the first there is nothing to read; the fetcher had been sent back `seeks` times."""
        self.topic = topic
        self.partition = partition
        self.records = records
        self.follows = follows
        self.seeks = seeks

    @property
    def first(self) -> int:
        """Return the offset of the first record."""
        return self.records[0].offset

    @property
    def last(self) -> int:
        """Return the offset of the last record."""
        return self.records[-1].offset

    def __repr__(self) -> str:
        return f"<Batch {self.topic}[{self.partition}] {self.first}..{self.last} follows {self.follows}>"


class BatchSchema(faust.Schema[None, Batch]):
    """Hand a batch through Faust untouched: nothing is decoded before the engine sees it."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> None:
        """Return no key: a batch has many."""

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:  # noqa: ARG002 - Faust's signature
        """Return the batch itself."""
        return message.value


def _size(record: Record) -> int:
    return len(record.value or b"") + len(record.key or b"")


def steps(records: Sequence[Record], max_records: int, max_bytes: int) -> Iterator[Sequence[Record]]:
    """Cut `records` into slices of at most `max_records` and `max_bytes` of keys and values, each of one record at least."""
    start = size = 0
    for index, record in enumerate(records):
        this = _size(record)
        if index > start and (index - start >= max_records or size + this > max_bytes):
            yield records[start:index]
            start, size = index, 0
        size += this
    if start < len(records):
        yield records[start:]
