"""The rows of judges with a memory: what a detector remembers of its segment, and what is usual there."""

from __future__ import annotations

from typing import TypeAlias

from pipeline.judgement.detector.judge import NAME, DetectorJudge
from pipeline.judgement.detector.state import Memory
from pipeline.judgement.detector.usual import Cells
from pipeline.windows.board import Board
from pipeline.windows.rows import Owner, RowType, encode_owner, owner_key, pack, read_owner_key, unpack
from pipeline.windows.segment import SegmentState
from pipeline.windows.slots import MINUTE_MS

Rows: TypeAlias = dict[bytes, bytes | None]


class Memories:
    """Writes and reads them. A row whose segment has no detector any more is deleted with the next write."""

    __slots__ = ("_board", "_memories", "_orphans", "_usual")

    def __init__(self, board: Board) -> None:
        """Start without any."""
        self._board = board
        self._memories: dict[Owner, Memory] = {}
        self._usual: dict[Owner, Cells] = {}
        self._orphans: list[bytes] = []

    def write(self, state: SegmentState, rows: Rows) -> None:
        """Put what a segment's detector has to keep into `rows`."""
        for judge in state.judges:
            if isinstance(judge, DetectorJudge):
                memory, cells = judge.changed()
                for kind, value in ((RowType.MEMORY, memory), (RowType.USUAL, cells)):
                    if value is not None:
                        rows[self._key(kind, self._board.shapes.owner(state.segment))] = pack(value)

    def write_all(self, rows: Rows) -> None:
        """Put everything into `rows` that there is to keep: a tick is cut here."""
        for state, _ in self._board.judging:
            self.write(state, rows)

    def end_orphans(self, rows: Rows) -> None:
        """Delete the rows of what is no longer configured."""
        for key in self._orphans:
            rows[key] = None
        self._orphans.clear()

    def read_memory(self, key: bytes, value: bytes) -> None:
        """Take up a row; `restored` must follow."""
        self._memories[read_owner_key(key)] = unpack(value, Memory)

    def read_usual(self, key: bytes, value: bytes) -> None:
        """Take up a row; `restored` must follow."""
        self._usual[read_owner_key(key)] = unpack(value, Cells)

    def restored(self, at_ms: int) -> None:
        """Give every detector what it remembers; one without begins at the last tick, ms."""
        for state, judge in self._board.judging:
            if isinstance(judge, DetectorJudge):
                owner = (NAME, *self._board.shapes.owner(state.segment))
                judge.restored(self._memories.pop(owner, None), self._usual.pop(owner, None), at_ms // MINUTE_MS)
        dropped = [(RowType.MEMORY, owner) for owner in self._memories] + [(RowType.USUAL, owner) for owner in self._usual]
        self._orphans = [owner_key(kind, encode_owner(owner)) for kind, owner in dropped]
        self._memories.clear()
        self._usual.clear()

    @staticmethod
    def _key(kind: RowType, owner: tuple[str, ...]) -> bytes:
        return owner_key(kind, encode_owner((NAME, *owner)))
