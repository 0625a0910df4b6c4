"""One tick under way: which segments are still to be judged and said. It can be cut anywhere and taken up again."""

from __future__ import annotations

import msgspec

from pipeline.windows.rows import Owner, RowType, pack, unpack
from pipeline.windows.segments import Segment, Shapes

KEY = RowType.PROGRESS.value


class _Row(msgspec.Struct, frozen=True, array_like=True):
    at_ms: int
    spare: bool
    """Always false: it keeps the places of the rest."""
    left: list[Owner]
    say: list[Owner]


class Job:
    """What is left of a tick."""

    __slots__ = ("at_ms", "left", "say")

    def __init__(self, at_ms: int, left: list[Segment], say: set[Segment]) -> None:
        """Take what is left of the tick `at_ms`."""
        self.at_ms = at_ms
        self.left = left
        """Segments to judge or say, the next one last."""
        self.say = say
        """Those of them whose service levels are due."""

    @classmethod
    def plan(cls, at_ms: int, judge: set[Segment], say: set[Segment]) -> Job:
        """Begin a tick, ms, in the order of the segments."""
        return cls(at_ms, sorted(judge | say, reverse=True), say)

    def row(self, shapes: Shapes) -> bytes:
        """Return the row that a later owner takes it up from."""
        left, say = ([shapes.owner(segment) for segment in segments] for segments in (self.left, sorted(self.say)))
        return pack(_Row(self.at_ms, False, left, say))

    @classmethod
    def read(cls, value: bytes, shapes: Shapes) -> Job:
        """Take up a row."""
        row = unpack(value, _Row)
        left = [segment for owner in row.left if (segment := shapes.segment(owner)) is not None]
        return cls(row.at_ms, left, {segment for owner in row.say if (segment := shapes.segment(owner)) is not None})
