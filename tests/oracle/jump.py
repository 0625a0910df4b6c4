"""The FRT-jump rule by brute force, on what the whole log proves (so logs in order, without replies that fail afterwards)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from pipeline.measures import Measure
from tests.oracle.facts import Leaf, TicketResult, Wait
from tests.oracle.numbers import DAY_MS, MINUTE_MS, WEEK_MS, OracleResult, Segment

PRIOR = 5


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
        self._replies = sorted((fact.at_ms, fact.value) for fact in facts)
        self._waits: list[tuple[Wait, TicketResult]] = []
        for (owner, _), ticket in result.tickets.items():
            if owner == tenant and any(self._inside(stand.leaf) for stand in ticket.stands):
                self._waits += [(wait, ticket) for wait in ticket.waits if wait.first]

    def read(self, at_ms: int) -> Reading:
        """Return what the rule sees at a tick. Events at the tick's own time are not known yet."""
        rule = self._rule
        until = -(-at_ms // MINUTE_MS) * MINUTE_MS
        since = until - rule.window
        usual = self._usual(since, until)
        replies = sum(1 for at, _ in self._replies if since <= at < min(until, at_ms))
        waiting, waited = self._waited(since, at_ms)
        now = (waited + PRIOR * usual) // (replies + PRIOR)
        high = now >= rule.floor and _times(rule.factor, usual) <= now
        holds = high and replies + waiting >= rule.minimum_count
        clears = now < rule.floor or now < _times(rule.clear_factor, usual)
        return Reading(at_ms, now, usual, replies, waiting, waited, holds, clears)

    def firings(self, ticks: Iterable[int]) -> list[Firing]:
        """Return the alerts over these ticks."""
        found: list[Firing] = []
        held_since: int | None = None
        cleared_since: int | None = None
        raised_at: int | None = None
        for reading in map(self.read, ticks):
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

    def _inside(self, leaf: Leaf) -> bool:
        return self._result.inside(leaf, self._segment)

    def _usual(self, since_ms: int, until_ms: int) -> int:
        rule = self._rule
        weeks = [(since_ms - week * WEEK_MS, until_ms - week * WEEK_MS) for week in range(1, rule.baseline_weeks + 1)]
        for spans in (weeks, [(since_ms - 7 * DAY_MS, since_ms)]):
            values = [value for at, value in self._replies if any(since <= at < until for since, until in spans)]
            if len(values) >= rule.baseline_minimum:
                return sum(values) // len(values)
        return rule.cold_usual

    def _waited(self, since_ms: int, at_ms: int) -> tuple[int, int]:
        """Return who waits for a first reply now, and the time that customers waited inside the window, answered or not."""
        waiting = waited = 0
        for wait, ticket in self._waits:
            ended = wait.end_ms is not None and wait.end_ms < at_ms
            where = ticket.stands[_standing(ticket, wait.end_ms if ended and wait.end_ms is not None else at_ms - 1)]
            if wait.start_ms >= at_ms or not self._inside(where.leaf) or (where.gone and not ended):
                continue
            waiting += not ended
            end = wait.end_ms if ended and wait.end_ms is not None else at_ms
            waited += max(0, end - max(wait.start_ms, since_ms))
        return waiting, waited


def _standing(ticket: TicketResult, at_ms: int) -> int:
    """Return the index of the stand in force at a time."""
    return max((index for index, stand in enumerate(ticket.stands) if stand.since_ms <= at_ms), default=0)


def _times(factor: float, usual_ms: int) -> Fraction:
    """Multiply without rounding, reading the factor as the decimal that was written."""
    return Fraction(str(factor)) * usual_ms
