"""Batches that wait at a partition, and how they become one run of records."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from agents.partitions.batch import Batch
from agents.partitions.position import Verdict, judge
from pipeline.engine import Record


class Run(NamedTuple):
    """What follows on a position."""

    records: list[Record]
    replayed: int
    """Records left out because they had been applied."""
    hole: Batch | None
    """A batch before which records are missing; the fetcher is to be sent back."""


class Inbox:
    """A queue of batches. Takes them as they come and judges them by the position when their turn is there."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: deque[Batch] = deque()
        self.records = 0
        """How many records wait."""

    def __len__(self) -> int:
        """Return how many batches wait."""
        return len(self._waiting)

    def put(self, batch: Batch) -> None:
        """Queue a batch."""
        self._waiting.append(batch)
        self.records += len(batch.records)

    def clear(self) -> None:
        """Forget everything: it is fetched again."""
        self._waiting.clear()
        self.records = 0

    @property
    def end(self) -> int:
        """Return the offset after the last record that waits, 0 where none does."""
        return self._waiting[-1].last + 1 if self._waiting else 0

    def take(self, position: int, most: int, awaited_seek: int) -> Run:
        """Take batches until there are `most` records, or something is missing before the next one.

        A transaction costs nearly the same for one record as for many, so that what came during the last one goes together.
        `position` and `awaited_seek` are those of `judge`.
        """
        records: list[Record] = []
        replayed = 0
        while self._waiting and len(records) < most:
            batch = self._waiting[0]
            at = records[-1].offset + 1 if records else position
            verdict = judge(at, batch.first, batch.last, batch.follows, seeks=batch.seeks, awaited_seek=awaited_seek)
            if records and verdict is Verdict.HOLE:
                break  # judged again from the position that these records lead to
            self._waiting.popleft()
            self.records -= len(batch.records)
            if verdict is Verdict.HOLE:
                return Run(records, replayed, batch)
            if verdict is not Verdict.STALE:
                fresh = [record for record in batch.records if record.offset >= at]
                replayed += len(batch.records) - len(fresh)
                records += fresh
        return Run(records, replayed, None)
