"""The detector of one segment: fed with what arrives, asked at ticks of a minute. See docs/detection.md.

Evidence W is a CUSUM over the growth of what each customer's wait says; it is divided by what neighbouring replies have in
common, and raises the alarm at a threshold that grows with the logarithm of the queue's volume.
"""

from __future__ import annotations

from typing import Final

from pipeline.judgement.detector.clocks import WaitClock
from pipeline.judgement.detector.evidence import evidence, place
from pipeline.judgement.detector.logs import MILLI, exp_ms, ln_milli
from pipeline.judgement.detector.settings import Settings
from pipeline.judgement.detector.state import Memory
from pipeline.judgement.detector.usual import HISTORY, SHUT, Cells, Prior, Usual
from pipeline.judgement.detector.waiting import Waiting
from pipeline.windows.histogram import representative
from pipeline.windows.slots import HOUR, MINUTE_MS

_HALF_MS: Final = MINUTE_MS // 2
_LATE: Final = 60
"""Minutes after which an addition is history: it says nothing about now."""
_SILENCE: Final = 3 * MILLI
"""Customers, thousandths, who should have come while nothing was heard: from then on the source may be dead."""
_ENOUGH: Final = 30
"""Replies, at least, that make a new normal."""
_CAP_SHARE: Final = (12, 10)
_LOW_SHARE: Final = (6, 10)
_REST_SHARE: Final = (1, 4)


class Detector:
    """One segment's detector. Times are minutes of event time."""

    __slots__ = ("_clock", "_table", "memory", "settings", "usual", "waiting")

    def __init__(self, settings: Settings, clock: WaitClock, prior: Prior | None = None) -> None:
        """Start cold."""
        self.settings = settings
        self._clock = clock
        self.usual = Usual(prior, closes=clock.closes, piles=clock.piles)
        self.memory = Memory()
        self.waiting = Waiting(clock, self.usual)
        self._table = evidence(settings.jump_milli, self.usual.spread)
        self.waiting.refresh(self._table, 0)

    def restored(self, memory: Memory, cells: Cells) -> None:
        """Go on from what was kept; the customers who wait have been added already."""
        self.memory = memory
        self.usual.restored(cells)
        self._table = evidence(self.settings.jump_milli, self.usual.spread)
        self.waiting.refresh(self._table, memory.last)

    def next_due(self) -> int | None:
        """Return the minute in which there is something to judge though nothing is added; `None`: never."""
        memory = self.memory
        if memory.silent and not memory.fed:
            return None
        if memory.alarmed or memory.fed:
            return memory.last + 1
        return self.waiting.next_due()

    def waits(self, minute: int, count: int) -> None:
        """Let `count` customers who began to wait in a minute be added, or leave with a negative count."""
        memory = self.memory
        late = memory.last > 0 and minute < memory.last - _LATE
        self.waiting.add(minute, count, memory.last if late else None)
        if count > 0 and not late:
            self._came(minute, count)
        memory.sign = max(memory.sign, minute)
        memory.fed = True

    def replied(self, minute: int, index: int, amount: int) -> None:
        """Add first replies of a minute, by class of their length; a correction takes them back with a negative amount."""
        memory, usual = self.memory, self.usual
        memory.fed = True
        end_ms = minute * MINUTE_MS + _HALF_MS
        start_ms = end_ms - representative(index)
        log_milli = ln_milli(self._clock.elapsed(start_ms, end_ms))
        cell = self._clock.cell(start_ms // MINUTE_MS)
        if memory.last and minute < memory.last - _LATE:
            if usual.cells.total < HISTORY:
                usual.hear(memory.heard, cell, log_milli, amount)
            return
        usual.hear(memory.heard, cell + (SHUT if self._clock.is_shut(start_ms) else 0), log_milli, amount)
        memory.replies.add(amount)
        memory.replies_since += amount
        memory.sign = max(memory.sign, minute)
        if start_ms >= memory.last * MINUTE_MS:
            self._came(start_ms // MINUTE_MS, amount)
        if usual.cells.total >= HISTORY or usual.known:
            residual = log_milli - usual.means[cell]
            memory.residuals_since += amount * residual
            said = self.waiting.says_at(start_ms, cell, memory.last)
            says = self._table.answered[place(residual, usual.spread)]
            memory.pending += amount * ((says * MILLI // usual.shares[cell] if usual.shares else says) - said)
            if not usual.is_apart(cell):
                memory.dispersion.add(residual * MILLI // usual.spread, amount)

    def judge(self, minute: int) -> None:
        """Take the detector to the tick of a minute."""
        memory = self.memory
        if minute <= memory.last:
            return
        memory.fed = False
        hour = minute - minute % HOUR
        if hour != memory.hour:
            self._turn(minute, hour)
        passed = minute - memory.last if memory.last else 0
        if self._is_silent(minute):
            memory.silent = True
            memory.last = minute
            return
        grown = self.waiting.look(minute)
        # An alarm must not end because the waits behind it have grown so old that they look forgotten.
        more = (max(0, grown) if memory.alarmed else grown) + memory.pending
        memory.last, memory.pending = minute, 0
        self._count_waits(minute, passed)
        if memory.silent or not self.usual.known:
            memory.silent, more = False, 0
        memory.dispersion.close(minute, self.usual.spread, self.usual.cells.total)
        self._decide(minute, more)

    def rest(self, minute: int) -> None:
        """Pass a tick without judging: a mute window. What happens meanwhile says nothing and is not learnt."""
        memory = self.memory
        memory.alarmed, memory.low_since, memory.evidence = False, None, 0
        memory.heard = {}
        self.judge(minute)
        memory.alarmed, memory.evidence, memory.onset = False, 0, minute
        memory.heard = {}

    def accept(self, minute: int) -> None:
        """Take the slow-down for the new normal: learn from what was kept out, and begin again."""
        memory = self.memory
        self.usual.doubt(memory.residuals_since, memory.replies_since)
        memory.alarmed, memory.low_since, memory.evidence, memory.pending = False, None, 0, 0
        self.waiting.refresh(self._table, minute)
        self._begin(minute)

    def threshold(self, minute: int) -> int:
        """Return the evidence that raises the alarm, thousandths of a nat."""
        return self.settings.threshold(self.usual.weekly(minute))

    def usual_ms(self, minute: int) -> int:
        """Return the usual mean first reply time at a minute."""
        return exp_ms(self.usual.means[self._clock.cell(minute)] + self.usual.spread**2 // (2 * MILLI))

    def since_onset_ms(self, minute: int) -> int:
        """Return the first reply time since the onset, waits counted in: a mean with the usual value as two tickets' prior."""
        memory = self.memory
        usual_ms = self.usual_ms(minute)
        return (memory.waited_since * MINUTE_MS + 2 * usual_ms) // (max(0, memory.replies_since) + 2)

    def _decide(self, minute: int, more: int) -> None:
        memory = self.memory
        if memory.over:
            memory.over = False
            self._begin(minute)
        threshold = self.threshold(minute)
        since_onset = max(0, memory.replies_since) + self.waiting.young
        factor = memory.dispersion.factor(memory.arrivals.value, since_onset)
        grown = memory.evidence + more * MILLI // factor
        memory.evidence = min(max(0, grown), threshold * _CAP_SHARE[0] // _CAP_SHARE[1])
        if not memory.evidence:
            self._begin(minute)
        if not memory.alarmed:
            memory.alarmed = memory.evidence >= threshold and self.since_onset_ms(minute) >= self.settings.floor_ms
            memory.low_since, memory.raised = None, minute
        elif memory.evidence * _LOW_SHARE[1] >= threshold * _LOW_SHARE[0]:
            memory.low_since = None
        elif memory.low_since is None:
            memory.low_since = minute - 1
        lasted = memory.alarmed and minute - memory.raised >= self.settings.new_normal_after
        if lasted and memory.replies_since >= _ENOUGH:
            self.accept(minute)
        elif memory.alarmed and memory.low_since is not None and minute - memory.low_since >= self.settings.clear_after:
            memory.alarmed, memory.low_since, memory.over = False, None, True
            memory.evidence = min(memory.evidence, threshold * _REST_SHARE[0] // _REST_SHARE[1])

    def _begin(self, minute: int) -> None:
        """Let the onset of whatever comes be now."""
        memory = self.memory
        memory.onset = minute
        memory.waited_since = memory.replies_since = memory.residuals_since = 0

    def _turn(self, minute: int, hour: int) -> None:
        """Begin an hour: learn the last one, and look at every wait by what is usual now."""
        memory, usual = self.memory, self.usual
        usual.forget(minute, self._clock.week(minute))
        for cell, count in memory.came.items():
            usual.came(cell, count)
        usual.learn(memory.heard, alarmed=memory.alarmed)
        memory.hour = hour
        memory.heard, memory.came = {}, {}
        usual.refresh()
        self._table = evidence(self.settings.jump_milli, usual.spread)
        memory.pending += self.waiting.refresh(self._table, minute)

    def _is_silent(self, minute: int) -> bool:
        """Return whether more customers should have come by now, had the source been alive."""
        quiet = minute - self.memory.sign
        if quiet < 2 or self.memory.alarmed:
            return False
        cell = self._clock.cell(minute)
        usual = self.usual
        hourly = usual.cells.arrivals[cell] * MILLI // usual.weeks(minute) // self._clock.hours_of(cell)
        return hourly * quiet // HOUR > _SILENCE

    def _came(self, minute: int, count: int) -> None:
        memory = self.memory
        cell = self._clock.cell(minute)
        memory.came[cell] = memory.came.get(cell, 0) + count
        memory.arrivals.add(count)

    def _count_waits(self, minute: int, passed: int) -> None:
        memory = self.memory
        open_minutes = self._clock.elapsed((minute - passed) * MINUTE_MS, minute * MINUTE_MS) // MINUTE_MS
        for decay in (memory.arrivals, memory.replies, memory.waited):
            decay.fade(open_minutes)
        memory.waited.add(self.waiting.young * open_minutes)
        memory.waited_since += self.waiting.young * open_minutes
