"""One tick under way: which segments are still to be judged and said. It can be cut anywhere and taken up again."""

from __future__ import annotations

import msgspec

from pipeline.windows.rows import Owner, RowType, pack, unpack
from pipeline.windows.segments import Segment, Shapes

KEY = RowType.PROGRESS.value


class _Row(msgspec.Struct, frozen=True, array_like=True):
    at_ms: int
    adding: bool
    left: list[Owner]
    say: list[Owner]


class Job:
    """What is left of a tick."""

    __slots__ = ("adding", "at_ms", "left", "say")

    def __init__(self, at_ms: int) -> None:
        """Begin a tick, ms."""
        self.at_ms = at_ms
        self.adding = True
        """Additions of this tick are still to be applied."""
        self.left: list[Segment] = []
        """Segments to judge or say, the next one last."""
        self.say: set[Segment] = set()
        """Those of them whose service levels are due; while `adding`, the segments that additions have touched so far."""

    def plan(self, judge: set[Segment]) -> None:
        """Take up what is to be done once every addition has been applied: in the order of the segments."""
        self.adding = False
        self.left = sorted(judge | self.say, reverse=True)

    def row(self, shapes: Shapes) -> bytes:
        """Return the row that a later owner takes it up from."""
        left, say = ([shapes.owner(segment) for segment in segments] for segments in (self.left, sorted(self.say)))
        return pack(_Row(self.at_ms, self.adding, left, say))

    @classmethod
    def read(cls, value: bytes, shapes: Shapes) -> Job:
        """Take up a row."""
        row = unpack(value, _Row)
        job = cls(row.at_ms)
        job.adding = row.adding
        job.left = [segment for owner in row.left if (segment := shapes.segment(owner)) is not None]
        job.say = {segment for owner in row.say if (segment := shapes.segment(owner)) is not None}
        return job
