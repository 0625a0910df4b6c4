"""The FRT-jump rule: the first reply time now, waiting customers counted in, against what is usual at this hour.

Every number that decides is an integer, so that two machines judge alike. The definition is docs/semantics.md, "The
FRT-jump rule". Of answered waits, the part inside the window is exact where the wait began inside it, and within 1 % and
half a minute where it did not, and so of customers who left; waits that a solve ended leave the sum when they end. Where
the queue was closed for a part of the window the rule does not hold, unless it is told to.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.config import Domain
from pipeline.judgement.firstreplies import FirstReplies, FirstWaits, RecentWaits
from pipeline.judgement.judge import Scene, Told
from pipeline.judgement.words import count, duration
from pipeline.tickets.calendar import Calendar
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS, WEEK

PRIOR_TICKETS = 5
"""Weight of the usual value in the value of now, in tickets."""
NAME = "frt_jump"
_ACTION = "See who is on the queue and whether replies go out at all; move people to it, longest wait first."
_AHEAD = 60
"""Minutes: how far into the future (skewed clocks at the sources) a reply is looked for."""


class Verdict(NamedTuple):
    """What a rule says of a segment at one time. Durations in ms."""

    now_ms: int
    usual_ms: int
    replies: int
    waiting: int
    holds: bool
    clears: bool
    left: int = 0
    """Customers who left without a first reply."""

    @property
    def peak(self) -> int:
        """Return the value of now."""
        return self.now_ms

    @property
    def size(self) -> tuple[int, ...]:
        """Return tenths of the usual value, and how many wait."""
        return self.now_ms * 10 // max(1, self.usual_ms), self.waiting

    def tell(self, scene: Scene) -> Told:
        """Write the page."""
        gone = f"; {count(self.left, 'customer')} left without a reply" if self.left > 0 else ""
        return Told(
            summary=(
                f"{scene.where}: first replies take {duration(self.now_ms)} now, {duration(self.usual_ms)} is usual; "
                f"since {scene.clock(scene.onset_at)}; {scene.who_waits}{gone}"
            ),
            action=_ACTION,
            now_ms=self.now_ms,
            usual_ms=self.usual_ms,
            replies=self.replies,
            numbers={"left": self.left} if self.left > 0 else {},
        )


class JumpRule:
    """The configured rule, in integers."""

    __slots__ = ("_clear", "_cold", "_factor", "_floor", "_least", "_minimum", "_weeks", "closed_too", "name", "reach", "window")

    def __init__(self, domain: Domain) -> None:
        """Take the rule from the configuration; factors count to the thousandth."""
        jump = domain.jump
        self.name = NAME
        self.window = max(1, jump.window // MINUTE_MS)
        self._floor = jump.floor
        self._factor = round(jump.factor * 1_000)
        self._clear = round(jump.clear_factor * 1_000)
        self._least = jump.minimum_count
        self._weeks = jump.baseline_weeks
        self._minimum = jump.baseline_minimum
        self._cold = jump.cold_usual
        self.closed_too = jump.while_closed
        self.reach = max(self._weeks, 1) * WEEK + 2 * self.window
        """Minutes back to the oldest reply that the rule reads."""

    def usual_ms(self, replies: FirstReplies, since: int, until: int) -> int:
        """Return the usual first reply time for the window `[since, until)`, minutes."""
        weeks = [replies.between(since - week * WEEK, until - week * WEEK) for week in range(1, self._weeks + 1)]
        count, total = (sum(numbers) for numbers in zip(*weeks, strict=True))
        if count < self._minimum:
            count, total = replies.between(since - WEEK, since)
        return total // count if count >= self._minimum else self._cold

    def threshold_ms(self, usual_ms: int) -> int:
        """Return the least value of now at which the rule holds."""
        return max(self._floor, -(-self._factor * usual_ms // 1_000))

    def verdict(self, waited_ms: int, replies: int, waiting: int, usual_ms: int, left: int) -> Verdict:
        """Judge: `waited_ms` is the waiting time inside the window, answered, given up or not."""
        now_ms = (waited_ms + PRIOR_TICKETS * usual_ms) // (replies + PRIOR_TICKETS)
        holds = now_ms >= self.threshold_ms(usual_ms) and not self.idle(replies + left, waiting)
        clears = now_ms < self._floor or now_ms * 1_000 < self._clear * usual_ms
        return Verdict(now_ms, usual_ms, replies, waiting, holds, clears, left)

    def idle(self, ended: int, waiting: int) -> bool:
        """Return whether there are too few tickets to judge: only a further ticket can change that."""
        return ended + waiting < self._least

    def changes_at(self, replies: FirstReplies, since: int, until: int) -> int | None:
        """Return the minute in which time alone next changes a count or a sum that the rule reads."""
        ends = {since: self.window, until: _AHEAD}
        for week in range(1, self._weeks + 1):
            ends |= {since - week * WEEK: self.window, until - week * WEEK: WEEK}
        ends[since - WEEK] = WEEK
        steps = [at - end + 1 for end, length in ends.items() if (at := replies.next_at(end, end + length)) is not None]
        return until - 1 + min(steps) if steps else None

    def reached_after_ms(self, waited_ms: int, verdict: Verdict, growing: int) -> int | None:
        """Return how long the waiting time must grow, by `growing` customers, before the rule can hold."""
        if not growing:
            return None
        threshold = self.threshold_ms(verdict.usual_ms)
        lacking = threshold * (verdict.replies + PRIOR_TICKETS) - PRIOR_TICKETS * verdict.usual_ms - waited_ms
        return max(0, -(-lacking // growing))


class JudgedSegment:
    """What the rule needs of one segment, and when it must look again."""

    __slots__ = ("_calendar", "_outside", "_usual", "left", "recent", "replies", "rule", "verdict", "waits", "wake_ms")

    def __init__(self, rule: JumpRule, waits: StartTimes, calendar: Calendar) -> None:
        """Start with no replies; `waits` are the customers who await a first reply, `calendar` has the hours of their queue."""
        self.rule = rule
        self._calendar = None if rule.closed_too else calendar
        self.waits = waits
        self.replies = FirstReplies()
        self.left = FirstReplies()
        """Customers who left before a first reply."""
        self.recent = RecentWaits()
        self.verdict: Verdict | None = None
        self.wake_ms: int | None = 0
        """Without a further addition the rule cannot begin to hold before this time, ms; `None`: never."""
        self._usual: tuple[int, int] | None = None
        self._outside: tuple[int, int] | None = None

    def add(self, minute: int, waits: FirstWaits, cell: Cell) -> None:
        """Add waits that ended, and the cell that holds their histograms."""
        self.replies.add(minute, waits.replies, waits.replied_ms)
        if waits.left or waits.left_ms:
            self.left.add(minute, waits.left, waits.left_ms)
        self.recent.add(minute, cell)
        self._outside = None
        if self._usual is not None and minute <= self._usual[0] - self.rule.window:
            self._usual = None
        self.wake_ms = 0

    @property
    def restless(self) -> bool:
        """Whether time alone may change the verdict: somebody waits, or was answered or left within the window."""
        return self.waits.count > 0 or bool(self.recent)

    def judge(self, at_ms: int) -> Verdict:
        """Judge at a time, ms."""
        rule, minute = self.rule, at_ms // MINUTE_MS
        until = minute + 1
        since = until - rule.window
        if self._usual is None or self._usual[0] != minute:
            self._usual = minute, rule.usual_ms(self.replies, since, until)
        if self._outside is None or self._outside[0] != minute:
            self.recent.forget(since)
            self.left.forget(since)
            self._outside = minute, self.recent.outside_ms(since, until)
        replied, total_ms = self.replies.between(since, until)
        left, left_ms = self.left.between(since, until)
        open_ms, growing = self.waits.overlap_ms(since, at_ms)
        waited_ms = max(0, total_ms + left_ms - self._outside[1]) + open_ms
        verdict = rule.verdict(waited_ms, replied, self.waits.count, self._usual[1], left)
        if verdict.holds and self._partly_closed(at_ms):
            verdict = verdict._replace(holds=False)
        self.verdict = verdict
        self.wake_ms = self._wake(at_ms, waited_ms, growing, verdict)
        return verdict

    def _partly_closed(self, at_ms: int) -> bool:
        """Return whether the queue was closed at some time of the window: then its pile and its silence say nothing."""
        window_ms = self.rule.window * MINUTE_MS
        return self._calendar is not None and self._calendar.elapsed(at_ms - window_ms, at_ms) < window_ms

    def _wake(self, at_ms: int, waited_ms: int, growing: int, verdict: Verdict) -> int | None:
        """Return the earliest time at which the rule can begin to hold when nothing more arrives (ticks on whole minutes)."""
        reached = self._reached(at_ms, waited_ms, growing, verdict)
        return reached if reached is None or self._calendar is None else self._calendar.opens_at(max(reached, at_ms))

    def _reached(self, at_ms: int, waited_ms: int, growing: int, verdict: Verdict) -> int | None:
        """Return when the numbers can reach the rule's limits."""
        until = at_ms // MINUTE_MS + 1
        since = until - self.rule.window
        coming = [at for sums in (self.replies, self.left) if (at := sums.next_at(until, until + _AHEAD)) is not None]
        times = [at * MINUTE_MS for at in coming]
        if self.rule.idle(verdict.replies + verdict.left, verdict.waiting):
            return min(times, default=None)
        change = self.rule.changes_at(self.replies, since, until)
        after_ms = self.rule.reached_after_ms(waited_ms, verdict, growing)
        times += [] if change is None else [change * MINUTE_MS]
        return min([*times, *([] if after_ms is None else [at_ms + after_ms])], default=None)
