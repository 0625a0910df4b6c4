"""The customers who wait, by the minute in which they began, and what each of them says at the last tick.

What a wait says is a function of its age and of what is usual, so a new owner of the partition computes it again from the
open work. A wait is looked at when its age has grown enough to say more, not at every tick: the cost follows the minutes
in which somebody began to wait, not the customers, and logarithmically their age.
"""

from __future__ import annotations

from heapq import heappop, heappush

from pipeline.judgement.detector.clocks import WaitClock
from pipeline.judgement.detector.evidence import EARLIEST, GRID, HIGH, ORIGIN, STEPS, Evidence, place
from pipeline.judgement.detector.logs import MILLI, exp_ms, ln_milli
from pipeline.judgement.detector.usual import Usual
from pipeline.windows.slots import MINUTE_MS

_HALF_MS = MINUTE_MS // 2


class _Start:
    """Those who began in one minute."""

    __slots__ = ("cell", "count", "says")

    def __init__(self, cell: int, says: int) -> None:
        self.count = 0
        self.cell = cell
        self.says = says


class Waiting:
    """The waits of one segment. Their starts are known to the minute."""

    __slots__ = ("_clock", "_due", "_oldest_ms", "_starts", "_table", "_usual", "_young", "young")

    def __init__(self, clock: WaitClock, usual: Usual) -> None:
        """Start without any."""
        self._clock = clock
        self._usual = usual
        self._starts: dict[int, _Start] = {}
        self._young: set[int] = set()
        """Minutes whose waits have anything to say."""
        self._due: list[tuple[int, int]] = []
        """When to look again, minute, and at which start."""
        self.young = 0
        """Customers in them."""
        self._oldest_ms = 0
        self._table: Evidence | None = None

    def add(self, minute: int, count: int, last: int | None) -> None:
        """Let `count` customers begin to wait in a minute, or leave with a negative count.

        With `last`, the minute of the last tick, they come late (moved from elsewhere, imported): what their age says
        already is not counted, only what it comes to say.
        """
        start = self._starts.get(minute)
        if start is None:
            cell = self._clock.cell(minute)
            says = 0 if last is None else self.says_at(minute * MINUTE_MS + _HALF_MS, cell, last)
            start = self._starts[minute] = _Start(cell, says)
            self._young.add(minute)
            heappush(self._due, ((minute if last is None else last) + 1, minute))
        start.count += count
        if minute in self._young:
            self.young += count
        if not start.count:
            del self._starts[minute]
            self._young.discard(minute)

    def says_at(self, start_ms: int, cell: int, now: int) -> int:
        """Return what a wait says that began at a time, ms, at the tick of a minute."""
        now_ms = now * MINUTE_MS
        if start_ms >= now_ms or self._table is None:
            return 0
        age_ms = self._clock.elapsed(start_ms, now_ms)
        return 0 if age_ms >= self._oldest_ms else self._says(self._table, self._place(age_ms, cell), cell)

    def look(self, now: int) -> int:
        """Return how much more the waits say than at the last tick; look at those that are due."""
        more = 0
        while self._due and self._due[0][0] <= now:
            minute = heappop(self._due)[1]
            if minute in self._young:
                more += self._look_at(minute, now)
        return more

    def refresh(self, table: Evidence, now: int) -> int:
        """Take up what has become usual, and return how much more the waits say by it."""
        usual = self._usual
        oldest_ms = 1 << exp_ms(max(usual.means) + HIGH * usual.spread).bit_length()
        if oldest_ms > self._oldest_ms:
            self._young.update(self._starts)
        self._table, self._oldest_ms = table, oldest_ms
        self._due = []
        more = sum(self._look_at(minute, now) for minute in sorted(self._young))
        self.young = sum(self._starts[minute].count for minute in self._young)
        return more

    def next_due(self) -> int | None:
        """Return the minute in which a wait next says more."""
        while self._due and self._due[0][1] not in self._young:
            heappop(self._due)
        return self._due[0][0] if self._due else None

    def _look_at(self, minute: int, now: int) -> int:
        start = self._starts[minute]
        start_ms, now_ms = minute * MINUTE_MS + _HALF_MS, now * MINUTE_MS
        age_ms = self._clock.elapsed(start_ms, now_ms) if start_ms < now_ms else 0
        if age_ms >= self._oldest_ms:
            says = 0
            self._young.discard(minute)
            self.young -= start.count
        else:
            index = self._place(age_ms, start.cell)
            says = 0 if self._table is None else self._says(self._table, index, start.cell)
            heappush(self._due, (self._look_again(index, start.cell, age_ms, now), minute))
        more = (says - start.says) * start.count
        start.says = says
        return more

    def _says(self, table: Evidence, index: int, cell: int) -> int:
        """Return what a wait says; each of an opening pile says the less the more there are."""
        shares = self._usual.shares
        return table.waiting[index] * MILLI // shares[cell] if shares else table.waiting[index]

    def _place(self, age_ms: int, cell: int) -> int:
        usual = self._usual
        return place(ln_milli(age_ms) - usual.means[cell], usual.spread)

    def _look_again(self, index: int, cell: int, age_ms: int, now: int) -> int:
        """Return the minute, or one shortly before it, in which a wait of this age says more."""
        if index >= STEPS:
            ripe_ms = self._oldest_ms
        else:
            following = max(index, EARLIEST) + 1 - ORIGIN
            ripe_ms = exp_ms(self._usual.means[cell] + following * self._usual.spread // GRID)
            ripe_ms -= ripe_ms // 100  # classes of ages are 1.6 % wide and stand for their middle
        return max(now + 1, self._clock.after(now * MINUTE_MS, ripe_ms - age_ms) // MINUTE_MS)
