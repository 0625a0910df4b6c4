"""The SLA clocks of one ticket, walked through event by event."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pipeline.config import Domain, SlaMeasure
from pipeline.events import Status
from tests.oracle.calendar import Hours
from tests.oracle.clock import Phase, SlaClock
from tests.oracle.facts import Outcome, Stand, TicketResult
from tests.oracle.policy import Attributes, Terms, terms_for

REPLY_CLOCKS = (SlaMeasure.FIRST_REPLY, SlaMeasure.NEXT_REPLY)
CREATION_CLOCKS = (SlaMeasure.FIRST_RESOLUTION, SlaMeasure.REQUESTER_WAIT, SlaMeasure.RESPONDER_WORK)
PAUSING = {
    SlaMeasure.REQUESTER_WAIT: frozenset({Status.PENDING}),
    SlaMeasure.RESPONDER_WORK: frozenset({Status.PENDING, Status.HOLD}),
}


class Promises:
    """Starts, runs, re-targets and ends clocks; writes outcomes into the ticket's result."""

    def __init__(self, domain: Domain, result: TicketResult, attributes: Attributes, hours: Callable[[str], Hours]) -> None:
        self._domain = domain
        self._result = result
        self._attributes = attributes
        self._hours = hours
        self._count: dict[SlaMeasure, int] = {}
        self.clocks: list[SlaClock] = []
        self.silent = False
        """The ticket is gone: nothing is written down."""

    def pass_time(self, now_ms: int) -> None:
        """Let every clock run to just before the events of `now_ms`: a deadline at `now_ms` itself has not passed yet."""
        for clock in self._unended():
            clock.run_to(now_ms, ran=_runs(clock, self._result.stands[-1]))
            self._breach_before(clock, now_ms)

    def finish(self, now_ms: int) -> None:
        """Let every clock run to the end of the log; a deadline at that very time has not passed."""
        self.pass_time(now_ms)

    def start(self, measure: SlaMeasure, start_ms: int, now_ms: int) -> None:
        """Start a clock at an event of `now_ms`; its start may lie before (`created_at`, messages before a reopening)."""
        self._count[measure] = self._count.get(measure, 0) + 1
        clock = SlaClock(measure, self._count[measure], start_ms)
        clock.take(self._terms(measure, start_ms))
        clock.run_to(now_ms, ran=not self.silent)  # no pauses before the event that shows the start
        self.clocks.append(clock)
        due = clock.due()
        if due is not None and due < now_ms and not self.silent:
            self._breach(clock, due, "begun_earlier")

    def fulfil(self, measures: Iterable[SlaMeasure], now_ms: int, cause: str) -> None:
        """End the clocks of these measures: met, unless their deadline has passed (then they are breached already)."""
        for clock in self._unended():
            if clock.measure in measures:
                if clock.phase is Phase.LIVE and clock.terms is not None and not self.silent:
                    self._record(clock, met=True, at_ms=now_ms, cause=cause)
                clock.phase = Phase.ENDED

    def cancel(self, measures: Iterable[SlaMeasure]) -> None:
        """End the clocks of these measures without an outcome."""
        for clock in self._unended():
            if clock.measure in measures:
                clock.phase = Phase.ENDED

    def match_again(self, now_ms: int) -> None:
        """Match the policies after an event: a changed limit, clock, calendar or step keeps start and elapsed time."""
        for clock in self._unended():
            if clock.phase is not Phase.LIVE:
                continue
            before, after = clock.terms, self._terms(clock.measure, clock.start_ms)
            clock.take(after)
            if after is None or (before is not None and before.same(after)):
                continue
            clock.terms_since_ms = now_ms
            clock.changed_while_gone = self.silent
            due = clock.due()
            if due is not None and due < now_ms:
                if self.silent:
                    clock.overdue_while_gone = True
                else:
                    self._breach(clock, now_ms, "target_changed")
            else:
                clock.overdue_while_gone = False

    def back(self, now_ms: int) -> None:
        """Let what a change of terms did while the ticket was gone stand here: the restoration."""
        self.silent = False
        for clock in self._unended():
            if clock.changed_while_gone:
                clock.terms_since_ms, clock.changed_while_gone = now_ms, False
            if clock.phase is Phase.LIVE and clock.overdue_while_gone and clock.terms is not None:
                self._breach(clock, now_ms, "target_changed")

    def _terms(self, measure: SlaMeasure, start_ms: int) -> Terms | None:
        return terms_for(self._domain, self._attributes, measure, self._hours, start_ms)

    def _unended(self) -> list[SlaClock]:
        return [clock for clock in self.clocks if clock.phase is not Phase.ENDED]

    def _breach_before(self, clock: SlaClock, now_ms: int) -> None:
        if clock.phase is Phase.LIVE and not self.silent and not clock.overdue_while_gone:
            due = clock.due()
            if due is not None and due < now_ms:
                self._breach(clock, due, "deadline")

    def _breach(self, clock: SlaClock, at_ms: int, cause: str) -> None:
        clock.phase, clock.breached_at = Phase.BREACHED, at_ms
        self._record(clock, met=False, at_ms=at_ms, cause=cause)

    def _record(self, clock: SlaClock, *, met: bool, at_ms: int, cause: str) -> None:
        terms = clock.terms
        assert terms is not None
        leaf = self._result.leaf_at(at_ms) if cause == "deadline" else self._result.stands[-1].leaf
        self._result.outcomes.append(
            Outcome(
                clock.measure,
                clock.instance,
                met,
                at_ms,
                terms.policy,
                terms.version,
                terms.limit_ms,
                clock.start_ms,
                cause,
                leaf,
            )
        )


def _runs(clock: SlaClock, stand: Stand) -> bool:
    own = None if clock.terms is None else clock.terms.pauses
    return not stand.gone and stand.status not in (PAUSING.get(clock.measure, ()) if own is None else own)


def running(clock: SlaClock, stand: Stand) -> bool:
    """Return whether a clock has neither ended nor breached and is not paused."""
    return clock.phase is Phase.LIVE and clock.terms is not None and _runs(clock, stand)
