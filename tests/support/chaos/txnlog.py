"""Transactions as the broker's own log files show them: open, committed, aborted.

Clients never see control records, and a fault "inside an open transaction" must not be a matter of belief. So this reads the
segments of a partition on disk while the broker writes them (record batch format v2, Kafka documentation, "Record Batch").
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

_HEADER = struct.Struct(">qiibIhiqqqhii")
"""baseOffset, length, leaderEpoch, magic, crc, attributes, lastOffsetDelta, 2 times, producer id and epoch, sequence, count."""
_BEFORE_LENGTH = 12
_TRANSACTIONAL, _CONTROL = 0x10, 0x20
_ABORT, _COMMIT = 0, 1


class Marker(NamedTuple):
    """The end of a transaction, as written into one partition."""

    offset: int
    producer_id: int
    producer_epoch: int
    committed: bool
    records: int
    """Records of the transaction in this partition."""


class TransactionLog:
    """Follows one partition of one topic."""

    def __init__(self, logs: Path, topic: str, partition: int) -> None:
        self.folder = logs / f"{topic}-{partition}"
        self.markers: list[Marker] = []
        self.open: dict[int, int] = {}
        """Producer id -> records of its open transaction."""
        self._file: Path | None = None
        self._at = 0
        self._seen = -1

    @property
    def commits(self) -> int:
        return sum(marker.committed for marker in self.markers)

    @property
    def aborts(self) -> list[Marker]:
        return [marker for marker in self.markers if not marker.committed]

    def follow(self) -> TransactionLog:
        """Read what has been written since."""
        while True:
            self._read()
            later = [path for path in self._segments() if self._file is None or path.name > self._file.name]
            if not later:
                return self
            if self._file is not None:
                self._read()  # what was written to the old segment before the new one was begun
            self._file, self._at = later[0], 0

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob("*.log"))

    def _read(self) -> None:
        if self._file is None or not self._file.exists():
            return
        if self._file.stat().st_size < self._at:  # cut by a recovery
            self._at = 0
        with self._file.open("rb") as file:
            file.seek(self._at)
            data = file.read()
        at = 0
        while at + _HEADER.size <= len(data):
            size = _BEFORE_LENGTH + int.from_bytes(data[at + 8 : at + 12], "big", signed=True)
            if size <= _BEFORE_LENGTH or at + size > len(data):
                break
            self._batch(data, at)
            at += size
        self._at += at

    def _batch(self, data: bytes, at: int) -> None:
        first, _, _, _, _, attributes, delta, _, _, producer, epoch, _, count = _HEADER.unpack_from(data, at)
        if first <= self._seen:
            return
        self._seen = first + delta
        if not attributes & _TRANSACTIONAL:
            return
        if not attributes & _CONTROL:
            self.open[producer] = self.open.get(producer, 0) + count
            return
        kind = _control_type(data, at + _HEADER.size)
        self.markers.append(Marker(first, producer, epoch, kind == _COMMIT, self.open.pop(producer, 0)))


def _control_type(data: bytes, at: int) -> int:
    """Return the type of the control record at `at`: length, attributes, two deltas, key length (all varints), version, type."""
    for field in range(5):
        at += 1 if field == 1 else _varint_size(data, at)
    return int.from_bytes(data[at + 2 : at + 4], "big")


def _varint_size(data: bytes, at: int) -> int:
    size = 1
    while data[at + size - 1] & 0x80:
        size += 1
    return size
