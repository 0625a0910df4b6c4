"""Which rules judge which segments: the one place that knows every rule beside the FRT jump."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.config import Domain
from pipeline.judgement import budget, drop, jump, lag, promises, shortfall, silence, understaffed
from pipeline.judgement.budget import budget_judges
from pipeline.judgement.detector.judge import NAME as DETECTOR
from pipeline.judgement.detector.making import Detectors
from pipeline.judgement.judge import Judge
from pipeline.judgement.promises import promise_judges
from pipeline.judgement.silence import SilenceJudge
from pipeline.judgement.understaffed import Inflow, UnderstaffedJudge
from pipeline.measures import WORK_INDEX, Work
from pipeline.staffing.crew import Crews
from pipeline.staffing.terms import Terms
from pipeline.tickets.calendar import Calendar, Calendars
from pipeline.windows.openwork import LeafWork, StartTimes
from pipeline.windows.rows import Cell, Owner

RULES = (
    *(jump.NAME, DETECTOR, silence.NAME, promises.AT_RISK, promises.BREACHED, budget.FAST, budget.SLOW, understaffed.NAME),
    *(shortfall.NAME, drop.NAME, lag.NAME),
)
"""Every rule that may fire; each has its runbook, `deploy/runbooks/`, named like it with hyphens."""


class Judges:
    """Makes the judges of segments, as configured. False where no rule is."""

    __slots__ = ("_budgets", "_calendars", "_channel", "_crews", "_detectors", "_silence", "_sla", "_staffing", "_understaffed")

    def __init__(self, domain: Domain, crews: Crews) -> None:
        """Read which rules there are; `crews` will know who is there."""
        self._silence = domain.silence
        self._sla = domain.sla_alerts
        self._budgets = domain.budgets
        self._detectors = Detectors(domain)
        self._understaffed = domain.understaffed
        self._staffing = Terms(domain)
        self._crews = crews
        self._channel = 1 + domain.dimensions.index("channel") if domain.understaffed else None
        self._calendars = Calendars(domain)

    def __bool__(self) -> bool:
        return bool(self._silence or self._sla or self._budgets or self._detectors or self._understaffed)

    def calendar(self, pairs: Mapping[str, str]) -> Calendar:
        """Return the hours of a segment: of its queue or team, else the default ones."""
        return self._calendars.of(pairs.get("queue", ""), pairs.get("team", ""))

    def of(self, tenant: str, shape: tuple[str, ...], pairs: Mapping[str, str], work: Sequence[StartTimes]) -> tuple[Judge, ...]:
        """Return the judges of a segment.

        Args:
            tenant: whose it is.
            shape: its dimensions.
            pairs: their values.
            work: its open work, by `pipeline.measures.WORK_INDEX`.

        """
        judges: list[Judge] = []
        calendar = self.calendar(pairs)
        if self._silence is not None and shape in self._silence.segments:
            judges.append(SilenceJudge(self._silence, calendar, work))
        if self._sla is not None and shape in self._sla.segments:
            judges += promise_judges(self._sla, work)
        for model in self._budgets:
            if shape in model.segments:
                judges += budget_judges(model)
        if self._understaffed is not None and shape == ("queue",):
            where = (tenant, pairs["queue"])
            judges.append(UnderstaffedJudge(self._understaffed, self._staffing, self._crews, calendar, where))
        detector = self._detectors.of(tenant, shape, pairs, calendar, work[WORK_INDEX[Work.AWAITING_FIRST_REPLY]])
        if detector is not None:
            judges.append(detector)
        return tuple(judges)

    def inflows(self, owner: Owner, judges: Iterable[Judge], work: LeafWork) -> tuple[Inflow, ...]:
        """Return what a leaf must tell those rules above it that tell channels apart."""
        if self._channel is None:
            return ()
        channel, waits = owner[self._channel], work.of(WORK_INDEX[Work.AWAITING_FIRST_REPLY])
        return tuple(judge.join(channel, waits) for judge in judges if isinstance(judge, UnderstaffedJudge))


def remind(judges: Sequence[Judge | Inflow], minutes: Iterable[tuple[int, Cell]], now: int) -> None:
    """Tell judges again, after a restore, what was added to minutes as far back as each of them reads."""
    for minute, cell in minutes:
        for judge in judges:
            if minute >= now - judge.reach:
                judge.add(minute, cell)
