"""One SLA clock as a list of stretches of time; what has elapsed is the sum over the stretches that ran."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from agents.verification.oracle.calendar import Hours
from agents.verification.oracle.policy import Terms
from pipeline.config import SlaMeasure

TEN_YEARS_MS = 3_653 * 86_400_000


class Phase(StrEnum):
    """Where a clock stands."""

    LIVE = "live"
    BREACHED = "breached"
    ENDED = "ended"


@dataclass
class Stretch:
    """A piece of time with one state of the ticket."""

    since_ms: int
    until_ms: int
    ran: bool
    """False while paused."""
    hours: Hours | None
    """Which hours count in it; `None` while no policy matches."""


@dataclass
class SlaClock:
    """One clock of one ticket."""

    measure: SlaMeasure
    instance: int
    start_ms: int
    terms: Terms | None = None
    terms_since_ms: int | None = None
    """When a change of attributes (or the restoration after it) set the present terms; `None` when the start did."""
    phase: Phase = Phase.LIVE
    breached_at: int | None = None
    changed_while_gone: bool = False
    """The present terms came while the ticket was gone."""
    overdue_while_gone: bool = False
    """A change of terms while the ticket was gone put the deadline into the past."""
    resting: bool = False
    """A total resolution on a solved ticket: met so far, and nothing can break it."""
    resumed_at: int | None = None
    """When the ticket was last reopened under a total resolution that rested."""
    stretches: list[Stretch] = field(default_factory=list)

    def run_to(self, now_ms: int, *, ran: bool) -> None:
        """Add the time from where the clock stands to `now_ms`."""
        since = self.stretches[-1].until_ms if self.stretches else self.start_ms
        if now_ms > since:
            self.stretches.append(Stretch(since, now_ms, ran, self.terms.hours if self.terms else None))

    def take(self, terms: Terms | None) -> None:
        """Set what is promised. Time that passed while nothing matched counts by the hours that match now."""
        self.terms = terms
        if terms is not None:
            for stretch in self.stretches:
                stretch.hours = stretch.hours or terms.hours

    def reaches(self, amount_ms: int) -> int | None:
        """Return the earliest time at which `amount_ms` have elapsed, or `None` when not in the time seen."""
        if amount_ms == 0:
            return self.start_ms
        passed = 0
        for stretch in self.stretches:
            if stretch.ran and stretch.hours is not None:
                length = stretch.hours.elapsed(stretch.since_ms, stretch.until_ms)
                if passed + length >= amount_ms:
                    return stretch.hours.reach(stretch.since_ms, amount_ms - passed, stretch.until_ms)
                passed += length
        return None

    def due(self) -> int | None:
        """Return the deadline, when the time seen has reached it."""
        return None if self.terms is None else self.reaches(self.terms.limit_ms)

    def ahead(self, now_ms: int) -> int | None:
        """Return the deadline of a clock that has run until now and goes on, ms; `None` when it is not within ten years."""
        if self.terms is None:
            return None
        passed = sum(
            stretch.hours.elapsed(stretch.since_ms, stretch.until_ms)
            for stretch in self.stretches
            if stretch.ran and stretch.hours is not None
        )
        due = self.due()
        return due if due is not None else self.terms.hours.reach(now_ms, self.terms.limit_ms - passed, now_ms + TEN_YEARS_MS)

    def at_risk_at(self) -> int | None:
        """Return when the first at-risk step was passed; a step already passed when the terms changed stands at the change."""
        if self.terms is None or self.terms.at_risk_ms is None:
            return None
        step = self.reaches(self.terms.at_risk_ms)
        return step if step is None or self.terms_since_ms is None else max(step, self.terms_since_ms)
