"""Panes: what each leaf added in each minute, hour and day. Every addition is persisted once.

A leaf's numbers of an hour stand in minute rows while its minutes are kept, afterwards in one hour row; those of a day in
hour rows while its hours are kept, afterwards in one day row. Additions older than a kind's retention go straight to the
coarser one. Which form an hour is in is settled for the whole hour at once (`settle`), so nothing can stand in two rows.

In memory a leaf keeps its minutes and, as sums, all its hours. Old panes rest encoded. Segments keep none: their panes
are the sums of those of their leaves, read when a window moves over them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pipeline.judgement.firstreplies import NO_WAITS, FirstWaits
from pipeline.measures import EDGES, HISTOGRAM, Measure, base
from pipeline.windows.rows import Cell, Owner, RowType, cell_of, encode_owner, pack, slot_key, unpack
from pipeline.windows.slots import Slots

Profile = dict[int, tuple[int, int]]
"""Minute -> count and sum, ms, of first replies: what remains of an hour's minutes, for the usual value of the jump rule."""

_FIRST = base(Measure.FIRST_REPLY)
_CLASSES = range(_FIRST + HISTOGRAM, _FIRST + EDGES)
_LEFT = base(Measure.ABANDONED_AFTER)
_LEFT_CLASSES = range(_LEFT + HISTOGRAM, _LEFT + EDGES)


class HourRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The value of an hour row."""

    cell: Cell
    first_replies: Profile


def merge(into: Cell, cell: Cell, sign: int = 1) -> None:
    """Add a cell to another, or take it away with `sign=-1`; codes that come to zero leave."""
    for code, amount in cell.items():
        left = into.get(code, 0) + sign * amount
        if left:
            into[code] = left
        else:
            into.pop(code, None)


def first_waits(cell: Cell) -> FirstWaits:
    """Return the waits for a first reply that ended in a cell."""
    replies = left = 0
    for code, amount in cell.items():
        if code in _CLASSES:
            replies += amount
        elif code in _LEFT_CLASSES:
            left += amount
    return FirstWaits(replies, cell.get(_FIRST, 0), left, cell.get(_LEFT, 0))


def first_replies(cell: Cell) -> tuple[int, int]:
    """Return count and sum, ms, of the first replies in a cell."""
    return sum(amount for code, amount in cell.items() if code in _CLASSES), cell.get(_FIRST, 0)


class Shelf:
    """Cells by slot; those at rest are kept encoded, as they stand in their rows."""

    __slots__ = ("_cells", "_hot")

    def __init__(self) -> None:
        """Start empty."""
        self._cells: dict[int, bytes] = {}
        self._hot: dict[int, Cell] = {}

    def __contains__(self, slot: int) -> bool:
        return slot in self._hot or slot in self._cells

    def __iter__(self) -> Iterator[int]:
        yield from self._cells
        yield from self._hot

    def get(self, slot: int) -> Cell | None:
        """Return the cell of a slot, not to be changed, or `None`."""
        cell = self._hot.get(slot)
        if cell is None and (encoded := self._cells.get(slot)) is not None:
            return cell_of(encoded)
        return cell

    def add(self, slot: int, cell: Cell) -> None:
        """Add to the cell of a slot."""
        mine = self._hot.get(slot)
        if mine is None:
            encoded = self._cells.pop(slot, None)
            mine = self._hot[slot] = {} if encoded is None else cell_of(encoded)
        merge(mine, cell)

    def encoded(self, slot: int) -> bytes | None:
        """Return the row's value of a slot; `None` where nothing is left."""
        cell = self._hot.get(slot)
        if cell is None:
            return self._cells.get(slot)
        return pack(cell) if cell else None

    def put(self, slot: int, encoded: bytes) -> None:
        """Take up a row's value as it is."""
        self._cells[slot] = encoded

    def drop(self, slot: int) -> None:
        """Forget a slot."""
        self._cells.pop(slot, None)
        self._hot.pop(slot, None)

    def rest(self, before: int) -> None:
        """Encode what is older than a slot."""
        for slot in [slot for slot in self._hot if slot < before]:
            cell = self._hot.pop(slot)
            if cell:
                self._cells[slot] = pack(cell)


class LeafPanes:
    """The panes of one leaf. `changed` names the rows to write."""

    __slots__ = ("_profiles", "_settled", "changed", "days", "hours", "minutes", "owner", "slots", "tail")

    def __init__(self, owner: Owner, slots: Slots) -> None:
        """Start empty."""
        self.owner = owner
        self.tail = encode_owner(owner)
        self.slots = slots
        self.minutes = Shelf()
        self.hours = Shelf()
        """Sums of whole hours, settled or not."""
        self.days = Shelf()
        """Settled days only."""
        self._settled: set[int] = set()
        self._profiles: dict[int, Profile] = {}
        self.changed: set[tuple[RowType, int]] = set()

    def add(self, minute: int, cell: Cell, minutes_since: int, hours_since: int, days_since: int) -> RowType | None:
        """Add a cell where a minute is kept, and say where that was; `None`: older than every retention.

        The three limits are the first hour kept by minutes, the first day kept by hours and the first day kept at all.
        """
        hour = self.slots.hour(minute)
        day = self.slots.day(hour)
        if day < days_since:
            return None
        if day < hours_since or day in self.days:
            self.settle_day(day)
            self.days.add(day, cell)
            self.changed.add((RowType.DAY, day))
            return RowType.DAY
        if not self.keeps_minutes(hour, minutes_since):
            self.settle_hour(hour)
            self._note(hour, minute, cell)
            self._settled.add(hour)
            self.changed.add((RowType.HOUR, hour))
            self.hours.add(hour, cell)
            return RowType.HOUR
        self.minutes.add(minute, cell)
        self.changed.add((RowType.MINUTE, minute))
        return RowType.MINUTE

    def keeps_minutes(self, hour: int, minutes_since: int) -> bool:
        """Return whether additions to an hour go to its minutes. The caller then adds them to `hours` before they are read."""
        return hour >= minutes_since and hour not in self._settled

    def settle_hour(self, hour: int) -> None:
        """Move an hour's minutes into its hour row."""
        moved = False
        for minute in range(hour, hour + 60):
            cell = self.minutes.get(minute)
            if cell is not None and self.slots.hour(minute) == hour:
                self._note(hour, minute, cell)
                self.minutes.drop(minute)
                self.changed.add((RowType.MINUTE, minute))
                moved = True
        if moved:
            self._settled.add(hour)
            self.changed.add((RowType.HOUR, hour))

    def settle_day(self, day: int) -> None:
        """Move a day's hours into its day row."""
        for hour in [hour for hour in range(day, day + 26 * 60, 15) if hour in self.hours and self.slots.day(hour) == day]:
            self.settle_hour(hour)
            self.days.add(day, self.hours.get(hour) or {})
            self.changed.add((RowType.DAY, day))
            self.changed.add((RowType.HOUR, hour))
            self.hours.drop(hour)
            self._settled.discard(hour)
            self._profiles.pop(hour, None)

    def forget_day(self, day: int) -> None:
        """Let go of a settled day."""
        self.days.drop(day)
        self.changed.add((RowType.DAY, day))

    def write(self, rows: dict[bytes, bytes | None]) -> None:
        """Put the changed rows into `rows`."""
        for kind, slot in sorted(self.changed, key=lambda change: (change[0].value, change[1])):
            rows[slot_key(kind, slot, self.tail)] = self._row(kind, slot)
        self.changed.clear()

    def read(self, kind: RowType, slot: int, value: bytes) -> None:
        """Take up a row."""
        if kind is RowType.MINUTE:
            self.minutes.put(slot, value)
            self.hours.add(self.slots.hour(slot), cell_of(value))
        elif kind is RowType.HOUR:
            row = unpack(value, HourRow)
            self.hours.add(slot, row.cell)
            self._settled.add(slot)
            if row.first_replies:
                self._profiles[slot] = row.first_replies
        else:
            self.days.put(slot, value)

    def first_waits(self) -> Iterator[tuple[int, FirstWaits, Cell]]:
        """Yield minute, waits that ended and cell of every minute told apart; of settled ones there are only the replies."""
        for minute in self.minutes:
            cell = self.minutes.get(minute) or {}
            waits = first_waits(cell)
            if waits != NO_WAITS:
                yield minute, waits, cell
        for profile in self._profiles.values():
            for minute, (count, total) in profile.items():
                yield minute, FirstWaits(count, total), {}

    def _note(self, hour: int, minute: int, cell: Cell) -> None:
        count, total = first_replies(cell)
        if count or total:
            profile = self._profiles.setdefault(hour, {})
            there = profile.get(minute, (0, 0))
            profile[minute] = (there[0] + count, there[1] + total)

    def _row(self, kind: RowType, slot: int) -> bytes | None:
        if kind is RowType.MINUTE:
            return self.minutes.encoded(slot)
        if kind is RowType.DAY:
            return self.days.encoded(slot)
        if slot not in self._settled:
            return None
        cell, profile = self.hours.get(slot) or {}, self._profiles.get(slot, {})
        return pack(HourRow(cell, profile)) if cell or profile else None
