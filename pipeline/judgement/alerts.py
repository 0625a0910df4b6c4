"""The life of an alert: pending, firing, resolved - driven by what a rule says of the state, tick after tick.

Nothing here knows how a rule decides. The life is kept in a row per rule and segment with the alert as last said, so a
new owner of the partition goes on where the old one stopped and says nothing twice. The id is made of rule, tenant,
segment and onset: equal input gives equal ids.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from pipeline.config import Domain
from pipeline.duration import show
from pipeline.judgement.jump import NAME, Verdict
from pipeline.signals import Alert, AlertState
from pipeline.windows.slots import Slots

SAID_AGAIN_MS = 60_000
"""A firing alert whose numbers changed is said again at most this often."""
_PHRASES = {
    "queue": "",
    "channel": "on ",
    "priority": "priority ",
    "team": "team ",
    "brand": "brand ",
    "region": "region ",
}


class Terms(NamedTuple):
    """How patient a rule is."""

    rule: str
    severity: str
    raise_after_ms: int
    clear_after_ms: int


def jump_terms(domain: Domain) -> Terms:
    """Return the terms of the FRT-jump rule."""
    jump = domain.jump
    return Terms(NAME, jump.severity, jump.raise_after, jump.clear_after)


class Life(msgspec.Struct, frozen=True, array_like=True):
    """The state of one rule on one segment while it holds, fires or clears."""

    onset_at: int
    """Since when the rule holds, ms."""
    peak_ms: int = 0
    clear_since: int | None = None
    """Since when the condition to resolve holds, ms."""
    said: Alert | None = None
    """The alert as last said; `None` while it is only pending."""


class Place(NamedTuple):
    """Where a rule is applied."""

    tenant: str
    name: str
    """The segment's name, as in keys."""
    segment: dict[str, str]
    epoch: int


class Step(NamedTuple):
    """What became of a life at one tick, and what to say of it."""

    life: Life | None
    say: Alert | None


class AlertBook:
    """Applies the terms of one rule."""

    __slots__ = ("_slots", "terms")

    def __init__(self, terms: Terms, slots: Slots) -> None:
        """Tell times in summaries by the wall clock of `slots`."""
        self.terms = terms
        self._slots = slots

    def step(self, life: Life | None, verdict: Verdict, place: Place, at_ms: int, oldest_at: int | None) -> Step:
        """Take a life one tick further."""
        if life is None:
            if not verdict.holds:
                return Step(None, None)
            life = Life(at_ms)
        if life.said is None:
            return self._pending(life, verdict, place, at_ms, oldest_at)
        return self._firing(life, life.said, verdict, place, at_ms, oldest_at)

    def end(self, life: Life, at_ms: int) -> Step:
        """End a life whose rule or segment is no longer configured."""
        if life.said is None:
            return Step(None, None)
        return Step(None, replace(life.said, state=AlertState.RESOLVED, resolved_at=at_ms, as_of=at_ms))

    def _pending(self, life: Life, verdict: Verdict, place: Place, at_ms: int, oldest_at: int | None) -> Step:
        if not verdict.holds:
            return Step(None, None)
        life = replace(life, peak_ms=max(life.peak_ms, verdict.now_ms))
        if at_ms - life.onset_at < self.terms.raise_after_ms:
            return Step(life, None)
        alert = self._alert(life, at_ms, verdict, place, at_ms, oldest_at)
        return Step(replace(life, said=alert), alert)

    def _firing(self, life: Life, said: Alert, verdict: Verdict, place: Place, at_ms: int, oldest_at: int | None) -> Step:
        since = (at_ms if life.clear_since is None else life.clear_since) if verdict.clears else None
        life = replace(life, peak_ms=max(life.peak_ms, verdict.now_ms), clear_since=since)
        over = since is not None and at_ms - since >= self.terms.clear_after_ms
        moved = _magnitude(verdict.now_ms, verdict.usual_ms, verdict.waiting) != _magnitude(
            said.now_ms, said.usual_ms, said.waiting
        )
        if not over and (at_ms - said.as_of < SAID_AGAIN_MS or not moved):
            return Step(life, None)
        alert = self._alert(life, said.raised_at, verdict, place, at_ms, oldest_at)
        if over:
            return Step(None, replace(alert, state=AlertState.RESOLVED, resolved_at=at_ms))
        return Step(replace(life, said=alert), alert)

    def _alert(self, life: Life, raised_at: int, verdict: Verdict, place: Place, at_ms: int, oldest_at: int | None) -> Alert:
        return Alert(
            id=f"{self.terms.rule}:{place.tenant}:{place.name}:{life.onset_at}",
            rule=self.terms.rule,
            severity=self.terms.severity,
            state=AlertState.FIRING,
            tenant=place.tenant,
            segment=place.segment,
            onset_at=life.onset_at,
            raised_at=raised_at,
            as_of=at_ms,
            summary=self._summary(life, verdict, place, at_ms, oldest_at),
            now_ms=verdict.now_ms,
            usual_ms=verdict.usual_ms,
            waiting=verdict.waiting,
            oldest_at=oldest_at,
            replies=verdict.replies,
            peak_ms=life.peak_ms,
            epoch=place.epoch,
        )

    def _summary(self, life: Life, verdict: Verdict, place: Place, at_ms: int, oldest_at: int | None) -> str:
        """Write the sentence that a page shows."""
        waiting = verdict.waiting
        who = "nobody waits" if waiting <= 0 else "1 customer waits" if waiting == 1 else f"{waiting} customers wait"
        longest = (
            "" if oldest_at is None else f", the longest for {_words(at_ms - oldest_at)} (since {self._clock(oldest_at, at_ms)})"
        )
        return (
            f"{_where(place.segment)}: first replies take {_words(verdict.now_ms)} now, {_words(verdict.usual_ms)} is usual; "
            f"since {self._clock(life.onset_at, at_ms)}; {who}{longest}"
        )

    def _clock(self, then_ms: int, now_ms: int) -> str:
        then = self._slots.local(then_ms)
        same_day = then.date() == self._slots.local(now_ms).date()
        return then.strftime("%H:%M %Z" if same_day else "%Y-%m-%d %H:%M %Z")


def _magnitude(now_ms: int | None, usual_ms: int | None, waiting: int) -> tuple[int, int]:
    """Return what must change before a firing alert is said again: tenths of the usual value, how many wait."""
    return (now_ms or 0) * 10 // max(1, usual_ms or 0), waiting


def _where(segment: dict[str, str]) -> str:
    words = [f"{_PHRASES[dimension]}{value or 'none'}" for dimension, value in segment.items()]
    return " ".join(words) or "everything"


def _words(duration_ms: int) -> str:
    """Write a duration to the minute, or to the second below two minutes."""
    unit = 60_000 if duration_ms >= 120_000 else 1_000
    return show(max(0, duration_ms) // unit * unit)
