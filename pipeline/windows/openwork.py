"""Open work: how many pieces are open now and since when, as ordered multisets of start times.

A leaf keeps every start exactly, by minute, as in its rows. A segment keeps a count and a sum per minute, and counts per
hour and day above them, so that a question walks over days, the hours of one day and the minutes of one hour: a tick
costs the same with a thousand and a million open tickets. Minutes, hours and days here are those of UTC; ages have no zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

from pipeline.windows.rows import Owner, encode_owner, pack, unpack, work_key
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS

Starts = dict[int, int]
"""Start, ms -> number of pieces."""


def _bump(table: dict[int, int], key: int, amount: int) -> None:
    left = table.get(key, 0) + amount
    if left:
        table[key] = left
    else:
        table.pop(key, None)


class LeafWork:
    """Every start of the open work of one leaf. `changed` names the rows to write."""

    __slots__ = ("_gathered", "_minutes", "changed", "kinds", "owner", "tail")

    def __init__(self, owner: Owner) -> None:
        """Start empty."""
        self.owner = owner
        self.tail = encode_owner(owner)
        self._minutes: dict[tuple[int, int], Starts] = {}
        self._gathered: dict[tuple[int, int], tuple[int, int]] = {}
        self.kinds: dict[int, StartTimes] = {}
        self.changed: set[tuple[int, int]] = set()

    def drain(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield kind, minute, pieces and sum of what was added since the last call, for the segments above."""
        for (work_index, minute), (count, rest_ms) in self._gathered.items():
            self.of(work_index).add(minute, count, rest_ms)
            yield work_index, minute, count, rest_ms
        self._gathered.clear()

    def add(self, work_index: int, start_ms: int, amount: int) -> None:
        """Open pieces that began at `start_ms`, or end them with a negative amount."""
        place = (work_index, start_ms // MINUTE_MS)
        starts = self._minutes.get(place)
        if starts is None:
            starts = self._minutes[place] = {}
        left = starts.get(start_ms, 0) + amount
        if left:
            starts[start_ms] = left
        else:
            starts.pop(start_ms, None)
            if not starts:
                del self._minutes[place]
        self.changed.add(place)
        self._gather(place, amount, amount * (start_ms - place[1] * MINUTE_MS))

    def _gather(self, place: tuple[int, int], count: int, rest_ms: int) -> None:
        there = self._gathered.get(place)
        self._gathered[place] = (count, rest_ms) if there is None else (there[0] + count, there[1] + rest_ms)

    def of(self, work_index: int) -> StartTimes:
        """Return the starts of one kind."""
        times = self.kinds.get(work_index)
        if times is None:
            times = self.kinds[work_index] = StartTimes()
        return times

    def oldest(self, work_index: int, minute: int) -> int | None:
        """Return the earliest start in a minute."""
        starts = self._minutes.get((work_index, minute))
        return None if starts is None else min((start for start, amount in starts.items() if amount > 0), default=None)

    def oldest_of(self, work_index: int) -> int | None:
        """Return the earliest start of a kind."""
        minute = self.of(work_index).oldest_minute()
        return None if minute is None else self.oldest(work_index, minute)

    def write(self, rows: dict[bytes, bytes | None]) -> None:
        """Put the changed rows into `rows`."""
        for work_index, minute in sorted(self.changed):
            starts = self._minutes.get((work_index, minute))
            rows[work_key(work_index, minute, self.tail)] = None if starts is None else pack(starts)
        self.changed.clear()

    def read(self, work_index: int, minute: int, value: bytes) -> None:
        """Take up a row."""
        starts: Starts = unpack(value, Starts)
        self._minutes[work_index, minute] = starts
        rest_ms = sum(start * amount for start, amount in starts.items()) - minute * MINUTE_MS * sum(starts.values())
        self._gather((work_index, minute), sum(starts.values()), rest_ms)


class StartTimes:
    """The starts of one kind of open work of a segment, to the minute; their sums are exact."""

    __slots__ = ("_changes", "_days", "_hours", "_minutes", "_sums", "count", "version")

    def __init__(self) -> None:
        """Start empty."""
        self.count = 0
        self.version = 0
        """Another one whenever anything has changed."""
        self._sums: dict[int, int] = {}
        self._minutes: dict[int, int] = {}
        self._hours: dict[int, int] = {}
        self._days: dict[int, int] = {}
        self._changes: dict[int, int] | None = None

    def watch(self) -> dict[int, int]:
        """Keep from now on how many began or ended by minute, for one reader, who clears it."""
        self._changes = {}
        return self._changes

    def add(self, minute: int, count: int, rest_ms: int) -> None:
        """Open `count` pieces that began in a minute, `rest_ms` after its start in sum; or end them with negative numbers."""
        self.version += 1
        if rest_ms:
            _bump(self._sums, minute, rest_ms)
        if count:
            self.count += count
            _bump(self._minutes, minute, count)
            _bump(self._hours, minute // HOUR, count)
            _bump(self._days, minute // DAY, count)
            if self._changes is not None:
                _bump(self._changes, minute, count)

    def oldest_minute(self) -> int | None:
        """Return the minute in which the oldest piece began."""
        return self.minute_of_rank(1) if self.count > 0 else None

    def minute_of_rank(self, rank: int) -> int:
        """Return the minute in which the piece of a rank began; the oldest has rank 1. There must be that many."""
        day, left = _descend(self._days, sorted(self._days), rank)
        hour, left = _descend(self._hours, range(day * 24, day * 24 + 24), left)
        minute, _ = _descend(self._minutes, range(hour * HOUR, hour * HOUR + HOUR), left)
        return minute

    def before(self, minute: int) -> int:
        """Return how many pieces began before a minute."""
        day, hour = minute // DAY, minute // HOUR
        whole = sum(amount for slot, amount in self._days.items() if slot < day)
        # Summed without a Python frame per slot: this is asked for every age band and limit of every segment said.
        whole += sum(map(self._hours.get, range(day * 24, hour), repeat(0)))
        return whole + sum(map(self._minutes.get, range(hour * HOUR, minute), repeat(0)))

    def median_start(self) -> int | None:
        """Return the minute in which the piece of median age began: of an even number, the older of the two."""
        return self.minute_of_rank((self.count + 1) // 2) if self.count > 0 else None

    def overlap_ms(self, since: int, now_ms: int) -> tuple[int, int]:
        """Return the time, ms, that the pieces have been open since the minute `since`, and how many can still add to it.

        Those are the ones that began at or after `since`; where an end is known before its beginning, rather too many
        than too few. Pieces that begin after the minute of `now_ms` (skewed clocks) count no time. Looks at every minute
        since: not for long windows.
        """
        older = self.before(since)
        total = older * (now_ms - since * MINUTE_MS)
        inside = growing = 0
        for minute in range(since, now_ms // MINUTE_MS + 1):
            count = self._minutes.get(minute)
            if count is not None:
                total += count * (now_ms - minute * MINUTE_MS) - self._sums.get(minute, 0)
                inside += count
                growing += max(0, count)
        return max(0, total), growing + max(0, self.count - older - inside)


def _descend(table: dict[int, int], slots: Sequence[int], rank: int) -> tuple[int, int]:
    """Return the slot that holds a rank, and the rank inside it."""
    for slot in slots[:-1]:
        amount = table.get(slot, 0)
        if rank <= amount:
            return slot, rank
        rank -= amount
    return slots[-1], rank
