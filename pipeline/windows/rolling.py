"""Rolling windows: the sum of a segment's panes between two times, kept up as time passes and numbers arrive.

A window remembers where it stands. It moves when it is read: the slots that left are subtracted, those that entered are
added, and only slots that hold something are visited, so a window over quiet months moves for nothing. What is added
to a slot inside the window is added to the window, at any age; integers make all of that exact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Generic, TypeAlias, TypeVar

from pipeline.measures import BLOCK, EDGES, SUM
from pipeline.signals import DurationStats
from pipeline.windows.distribution import Marks, stats_of, together
from pipeline.windows.rows import Cell

Parts: TypeAlias = dict[int, Cell]
"""Index of the measure -> offset of the code -> amount."""

_OFFSET = BLOCK - 1
_SHIFT = BLOCK.bit_length() - 1
_NONE = (0, 0)
_MARKED = 64
"""From so many codes on, a histogram's quantiles are followed: sorting a smaller one costs less."""


class SlotIndex:
    """The slots in which a segment has something, ascending."""

    __slots__ = ("_slots",)

    def __init__(self) -> None:
        """Start empty."""
        self._slots: list[int] = []

    def add(self, slot: int) -> None:
        """Note a slot; again is harmless."""
        slots = self._slots
        if not slots or slot > slots[-1]:
            slots.append(slot)
        elif slot != slots[-1]:
            place = bisect_left(slots, slot)
            if slots[place] != slot:
                slots.insert(place, slot)

    def between(self, since: int, until: int) -> list[int]:
        """Return the slots in `[since, until)`."""
        slots = self._slots
        if not slots or since > slots[-1] or until <= slots[0]:
            return []
        return slots[bisect_left(slots, since) : bisect_left(slots, until)]

    def forget(self, before: int) -> None:
        """Drop the slots before one."""
        if self._slots and self._slots[0] < before:
            del self._slots[: bisect_left(self._slots, before)]


def split(cell: Cell) -> Parts:
    """Return a cell by measure, without the counts per edge: index of the measure -> offset of the code -> amount."""
    parts: Parts = {}
    for code, amount in cell.items():
        offset = code & _OFFSET
        if offset < EDGES:
            index = code >> _SHIFT
            part = parts.get(index)
            if part is None:
                parts[index] = {offset: amount}
            else:
                part[offset] = amount
    return parts


class Tally:
    """Cells added up, by measure."""

    __slots__ = ("_marks", "_moved", "changed", "parts")

    def __init__(self) -> None:
        """Start empty."""
        self.parts: Parts = {}
        self.changed: set[int] = set()
        """Measures that changed; the reader clears it."""
        self._marks: dict[tuple[int, ...], Marks] = {}
        self._moved: dict[int, list[Marks]] = {}
        """Index of a measure -> the marks that it moves."""

    def stats(self, indices: tuple[int, ...]) -> DurationStats:
        """Return the figures of a duration, or of several as one."""
        parts = [self.parts[index] for index in indices if index in self.parts]
        if sum(map(len, parts)) < _MARKED:
            return stats_of(together(parts))
        marks = self._marks.get(indices)
        if marks is None:
            if any(min(part.values()) < 0 for part in parts):
                return stats_of(together(parts))
            marks = self._marks[indices] = Marks(parts)
            for index in indices:
                self._moved.setdefault(index, []).append(marks)
        return marks.stats(parts)

    def add(self, parts: Parts, sign: int = 1) -> None:
        """Add a cell that was split, or take it away with `sign=-1`."""
        mine = self.parts
        for index, part in parts.items():
            self.changed.add(index)
            into = mine.get(index)
            if into is None:
                into = mine[index] = {}
            negative = False
            for offset, amount in part.items():
                left = into.get(offset, 0) + sign * amount
                if left > 0:
                    into[offset] = left
                elif left:
                    into[offset], negative = left, True
                else:
                    into.pop(offset, None)
            if not into:
                del mine[index]
            if negative:
                self._drop_marks()
            elif index in self._moved:
                for marks in self._moved[index]:
                    marks.move(part, sign)

    def _drop_marks(self) -> None:
        self._marks.clear()
        self._moved.clear()

    def clear(self) -> None:
        """Start again."""
        self.changed.update(self.parts)
        self.parts.clear()
        self._drop_marks()


class Sums:
    """Cells added up to what a comparison needs: sum and number of observations by measure, or a counter's amount as the sum."""

    __slots__ = ("changed", "parts")

    def __init__(self) -> None:
        """Start empty."""
        self.parts: dict[int, tuple[int, int]] = {}
        self.changed: set[int] = set()
        """Measures that changed; the reader clears it."""

    def add(self, parts: Parts, sign: int = 1) -> None:
        """Add a cell that was split, or take it away with `sign=-1`."""
        mine = self.parts
        for index, part in parts.items():
            self.changed.add(index)
            total = part.get(SUM, 0)
            before_total, before_count = mine.get(index, _NONE)
            after = (before_total + sign * total, before_count + sign * (sum(part.values()) - total))
            if after == _NONE:
                mine.pop(index, None)
            else:
                mine[index] = after

    def clear(self) -> None:
        """Start again."""
        self.changed.update(self.parts)
        self.parts.clear()


Read: TypeAlias = Callable[[int], Iterable[Cell]]
"""Slot -> the cells of the segment's leaves in it."""


_Kept = TypeVar("_Kept", Tally, Sums)


class RollingWindow(Generic[_Kept]):
    """A tally of `[since, until)`, in slots. Who adds to a slot that the window holds adds to its tally too."""

    __slots__ = ("since", "tally", "until")

    def __init__(self, tally: _Kept) -> None:
        """Stand nowhere, empty."""
        self.since = 0
        self.until = 0
        self.tally: _Kept = tally

    def roll(self, since: int, until: int, index: SlotIndex, read: Read) -> None:
        """Move to `[since, until)`; never back."""
        if since == self.since and until == self.until:
            return
        if since >= self.until:
            self.tally.clear()
            entering = index.between(since, until)
        else:
            self._take(index.between(self.since, since), read, -1)
            entering = index.between(self.until, until)
        self.since, self.until = since, until
        self._take(entering, read)

    def _take(self, slots: Iterable[int], read: Read, sign: int = 1) -> None:
        total: Cell = {}
        for slot in slots:
            for cell in read(slot):
                for code, amount in cell.items():
                    total[code] = total.get(code, 0) + amount
        if total:
            self.tally.add(split(total), sign)


Position: TypeAlias = RollingWindow[Tally] | RollingWindow[Sums]
"""One place of a window: where it stands now, or where it stood before."""
