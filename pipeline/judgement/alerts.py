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
from pipeline.judgement.judge import Dated, Judgement, Scene, Terms
from pipeline.judgement.jump import NAME
from pipeline.judgement.words import where
from pipeline.signals import Alert, AlertState
from pipeline.windows.slots import Slots

SAID_AGAIN_MS = 60_000
"""A firing alert whose numbers changed is said again at most this often."""


def jump_terms(domain: Domain) -> Terms:
    """Return the terms of the FRT-jump rule."""
    jump = domain.jump
    return Terms(NAME, jump.severity, jump.raise_after, jump.clear_after)


class Life(msgspec.Struct, frozen=True, array_like=True):
    """The state of one rule on one segment while it holds, fires or clears. Append with a default, never reorder."""

    onset_at: int
    """Since when the rule holds, ms."""
    peak_ms: int = 0
    """The worst so far, in the rule's own unit."""
    clear_since: int | None = None
    """Since when the condition to resolve holds, ms."""
    said: Alert | None = None
    """The alert as last said; `None` while it is only pending."""
    size: tuple[int | bool, ...] = ()
    """`Judgement.size` when it was last said; rows of an earlier version have truth values in it."""


class Place(NamedTuple):
    """Where a rule is applied, and who waits there."""

    tenant: str
    name: str
    """The segment's name, as in keys."""
    segment: dict[str, str]
    epoch: int
    waiting: int = 0
    """Customers who await a first reply."""
    oldest_at: int | None = None
    """Since when the longest of them waits, ms."""
    related: tuple[str, ...] = ()
    """Ids of the other alerts that fire on the same queue."""


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

    def step(self, life: Life | None, judgement: Judgement, place: Place, at_ms: int) -> Step:
        """Take a life one tick further."""
        if life is None:
            if not judgement.holds:
                return Step(None, None)
            life = Life(judgement.onset_at if isinstance(judgement, Dated) else at_ms)
        if life.said is None:
            return self._pending(life, judgement, place, at_ms)
        return self._firing(life, life.said, judgement, place, at_ms)

    def suspend(self, life: Life) -> Life | None:
        """Hold a life while nothing can be judged: what fires goes on, and no time counts as held or cleared without a break."""
        return None if life.said is None else replace(life, clear_since=None)

    def end(self, life: Life, at_ms: int) -> Step:
        """End a life whose rule or segment is no longer configured."""
        if life.said is None:
            return Step(None, None)
        return Step(None, replace(life.said, state=AlertState.RESOLVED, resolved_at=at_ms, as_of=at_ms))

    def _pending(self, life: Life, judgement: Judgement, place: Place, at_ms: int) -> Step:
        if not judgement.holds:
            return Step(None, None)
        life = replace(life, peak_ms=max(life.peak_ms, judgement.peak))
        if at_ms - life.onset_at < self.terms.raise_after_ms:
            return Step(life, None)
        alert = self._alert(life, at_ms, judgement, place, at_ms)
        return Step(replace(life, said=alert, size=judgement.size), alert)

    def _firing(self, life: Life, said: Alert, judgement: Judgement, place: Place, at_ms: int) -> Step:
        since = (at_ms if life.clear_since is None else life.clear_since) if judgement.clears else None
        life = replace(life, peak_ms=max(life.peak_ms, judgement.peak), clear_since=since)
        over = since is not None and at_ms - since >= self.terms.clear_after_ms
        if not over and (at_ms - said.as_of < SAID_AGAIN_MS or judgement.size == life.size):
            return Step(life, None)
        alert = self._alert(life, said.raised_at, judgement, place, at_ms)
        if over:
            return Step(None, replace(alert, state=AlertState.RESOLVED, resolved_at=at_ms))
        return Step(replace(life, said=alert, size=judgement.size), alert)

    def _alert(self, life: Life, raised_at: int, judgement: Judgement, place: Place, at_ms: int) -> Alert:
        scene = Scene(where(place.segment), at_ms, life.onset_at, place.waiting, place.oldest_at, self._slots)
        told = judgement.tell(scene)
        return Alert(
            id=f"{self.terms.key}:{place.tenant}:{place.name}:{life.onset_at}",
            rule=self.terms.rule,
            severity=self.terms.severity,
            state=AlertState.FIRING,
            tenant=place.tenant,
            segment=place.segment,
            onset_at=life.onset_at,
            raised_at=raised_at,
            as_of=at_ms,
            summary=told.summary,
            now_ms=told.now_ms,
            usual_ms=told.usual_ms,
            waiting=place.waiting,
            oldest_at=place.oldest_at,
            replies=told.replies,
            peak_ms=life.peak_ms,
            epoch=place.epoch,
            measure=self.terms.measure,
            action=told.action,
            related=place.related,
            numbers=dict(told.numbers),
            goal=self.terms.goal,
        )
