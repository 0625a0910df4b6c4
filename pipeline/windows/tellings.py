"""The rows of what customers were told of their wait: one per segment that tells it."""

from __future__ import annotations

from pipeline.judgement.expectedwait import Kept
from pipeline.windows.board import Board
from pipeline.windows.rows import RowType, encode_owner, owner_key, pack, read_owner_key, unpack
from pipeline.windows.segment import SegmentState


class Tellings:
    """Reads and writes the records of the segments of a board."""

    __slots__ = ("_board", "_orphans", "_read")

    def __init__(self, board: Board) -> None:
        """Start without any."""
        self._board = board
        self._read: dict[bytes, bytes] = {}
        self._orphans: list[bytes] = []

    def read(self, key: bytes, value: bytes) -> None:
        """Take up a row; `restored` must follow."""
        self._read[key] = value

    def restored(self) -> None:
        """Give every record to its segment; one whose segment no longer tells anything is to be deleted."""
        for key, value in self._read.items():
            segment = self._board.shapes.segment(read_owner_key(key))
            state = None if segment is None else self._board.segments.get(segment)
            wait = None if state is None or state.standing is None else state.standing.wait
            if wait is None:
                self._orphans.append(key)
            else:
                wait.kept = unpack(value, Kept)
        self._read.clear()

    def write(self, rows: dict[bytes, bytes | None]) -> None:
        """Put what changed into `rows`."""
        for state, wait in self._board.telling:
            if wait.changed:
                rows[self._key(state)] = pack(wait.kept)
                wait.changed = False
        for key in self._orphans:
            rows[key] = None
        self._orphans.clear()

    def _key(self, state: SegmentState) -> bytes:
        return owner_key(RowType.TOLD, encode_owner(self._board.shapes.owner(state.segment)))
