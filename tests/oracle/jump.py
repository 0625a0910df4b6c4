"""The FRT-jump rule by brute force, on what the whole log proves (so logs in order, without replies that fail afterwards)."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from agents.verification.oracle.calendar import hours_of
from agents.verification.oracle.facts import EndedBy, Leaf, TicketResult, Wait
from agents.verification.oracle.numbers import DAY_MS, MINUTE_MS, WEEK_MS, OracleResult, Segment
from pipeline.measures import Measure

PRIOR = 5
Waiting = tuple[Wait, TicketResult]


class Reading(NamedTuple):
    """What the rule sees at one tick."""

    at_ms: int
    now_ms: int
    usual_ms: int
    replies: int
    waiting: int
    waited_ms: int
    holds: bool
    clears: bool


class Firing(NamedTuple):
    """One alert."""

    onset_at: int
    raised_at: int
    resolved_at: int | None


class JumpOracle:
    """Judges one segment of one tenant."""

    def __init__(self, result: OracleResult, tenant: str, segment: Segment) -> None:
        self._rule = result.domain.jump
        self._result, self._segment = result, segment
        facts = result.facts(Measure.FIRST_REPLY, tenant, segment)
        self._replies: list[tuple[int, ...]] = sorted((fact.at_ms, fact.value) for fact in facts)
        self._waits: list[Waiting] = []
        for (owner, _), ticket in result.tickets.items():
            if owner == tenant and any(self._inside(stand.leaf) for stand in ticket.stands):
                self._waits += [(wait, ticket) for wait in ticket.waits if wait.first]
        self._waits.sort(key=lambda pair: pair[0].start_ms)

    def read(self, at_ms: int) -> Reading:
        """Return what the rule sees at a tick. Events at the tick's own time are not known yet."""
        return self._read(at_ms, self._waits)

    def _read(self, at_ms: int, waits: list[Waiting]) -> Reading:
        rule = self._rule
        until = -(-at_ms // MINUTE_MS) * MINUTE_MS
        since = until - rule.window
        usual = self._usual(since, until)
        replies = len(self._values(since, min(until, at_ms)))
        waiting, left, waited = self._waited(waits, since, at_ms)
        now = (waited + PRIOR * usual) // (replies + PRIOR)
        high = now >= rule.floor and _times(rule.factor, usual) <= now
        enough = replies + left + waiting >= rule.minimum_count
        holds = high and enough and (rule.while_closed or self._open(at_ms - rule.window, at_ms))
        clears = now < rule.floor or now < _times(rule.clear_factor, usual)
        return Reading(at_ms, now, usual, replies, waiting, waited, holds, clears)

    def _open(self, since_ms: int, until_ms: int) -> bool:
        """Return whether the segment's queue or team, else the default calendar, was open for the whole time."""
        hours = hours_of(self._result.domain, {}, self._segment.get("queue", ""), self._segment.get("team", ""))
        return hours.elapsed(since_ms, until_ms) == until_ms - since_ms

    def firings(self, ticks: Iterable[int]) -> list[Firing]:
        """Return the alerts over these ticks, ascending."""
        found: list[Firing] = []
        held_since: int | None = None
        cleared_since: int | None = None
        raised_at: int | None = None
        for reading in self._sweep(ticks):
            at = reading.at_ms
            if raised_at is None:
                held_since = (at if held_since is None else held_since) if reading.holds else None
                if held_since is not None and at - held_since >= self._rule.raise_after:
                    raised_at, cleared_since = at, None
            else:
                cleared_since = (at if cleared_since is None else cleared_since) if reading.clears else None
                if cleared_since is not None and at - cleared_since >= self._rule.clear_after:
                    assert held_since is not None
                    found.append(Firing(held_since, raised_at, at))
                    held_since = raised_at = None
        if raised_at is not None and held_since is not None:
            found.append(Firing(held_since, raised_at, None))
        return found

    def _sweep(self, ticks: Iterable[int]) -> Iterator[Reading]:
        """Read at every tick, looking at the waits that can matter there only."""
        coming, near = deque(self._waits), list[Waiting]()
        for at_ms in ticks:
            while coming and coming[0][0].start_ms < at_ms:
                near.append(coming.popleft())
            over = at_ms - self._rule.window
            near = [pair for pair in near if pair[0].end_ms is None or pair[0].end_ms >= over]
            yield self._read(at_ms, near)

    def _values(self, since_ms: int, until_ms: int) -> list[int]:
        """Return the first replies in `[since, until)`."""
        begin, end = bisect_left(self._replies, (since_ms,)), bisect_left(self._replies, (until_ms,))
        return [value for _, value in self._replies[begin:end]]

    def _inside(self, leaf: Leaf) -> bool:
        return self._result.inside(leaf, self._segment)

    def _usual(self, since_ms: int, until_ms: int) -> int:
        rule = self._rule
        weeks = [(since_ms - week * WEEK_MS, until_ms - week * WEEK_MS) for week in range(1, rule.baseline_weeks + 1)]
        for spans in (weeks, [(since_ms - 7 * DAY_MS, since_ms)]):
            values = [value for since, until in spans for value in self._values(since, until)]
            if len(values) >= rule.baseline_minimum:
                return sum(values) // len(values)
        return rule.cold_usual

    def _waited(self, waits: list[Waiting], since_ms: int, at_ms: int) -> tuple[int, int, int]:
        """Return who waits for a first reply now, who left inside the window, and the time that all waited inside it."""
        waiting = left = waited = 0
        for wait, ticket in waits:
            ended = wait.end_ms is not None and wait.end_ms < at_ms
            where = ticket.stands[_standing(ticket, wait.end_ms if ended and wait.end_ms is not None else at_ms - 1)]
            if wait.start_ms >= at_ms or not self._inside(where.leaf) or (where.gone and not ended):
                continue
            if ended and (wait.ended_by is EndedBy.SOLVE or where.gone):
                continue
            waiting += not ended
            left += ended and wait.ended_by is EndedBy.ABANDONED and (wait.end_ms or 0) >= since_ms
            end = wait.end_ms if ended and wait.end_ms is not None else at_ms
            waited += max(0, end - max(wait.start_ms, since_ms))
        return waiting, left, waited


def _standing(ticket: TicketResult, at_ms: int) -> int:
    """Return the index of the stand in force at a time."""
    return max((index for index, stand in enumerate(ticket.stands) if stand.since_ms <= at_ms), default=0)


def _times(factor: float, usual_ms: int) -> Fraction:
    """Multiply without rounding, reading the factor as the decimal that was written."""
    return Fraction(str(factor)) * usual_ms
