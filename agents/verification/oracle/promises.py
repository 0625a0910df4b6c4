"""The SLA clocks of one ticket, walked through event by event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from agents.verification.oracle.calendar import Hours
from agents.verification.oracle.clock import Phase, SlaClock
from agents.verification.oracle.facts import DONE, Outcome, Running, Stand, TicketResult
from agents.verification.oracle.policy import Attributes, Terms, signed, terms_for
from pipeline.config import Domain, SlaMeasure
from pipeline.events import Event, Status
from pipeline.policy import TeamGoal

REPLY_CLOCKS = (SlaMeasure.FIRST_REPLY, SlaMeasure.NEXT_REPLY, SlaMeasure.EACH_REPLY)
RESOLUTION_CLOCKS = (SlaMeasure.FIRST_RESOLUTION, SlaMeasure.REQUESTER_WAIT, SlaMeasure.RESPONDER_WORK)
ENDED_BY_SOLVE = (*REPLY_CLOCKS, *RESOLUTION_CLOCKS, SlaMeasure.PICKUP, SlaMeasure.TEAM_TIME)
OUTLIVING_A_SOLVE = (SlaMeasure.TOTAL_RESOLUTION, SlaMeasure.PERIODIC_UPDATE)
MOST_UNANSWERED = 100
PAUSING = {
    SlaMeasure.REQUESTER_WAIT: frozenset({Status.PENDING}),
    SlaMeasure.RESPONDER_WORK: frozenset({Status.PENDING, Status.HOLD}),
    SlaMeasure.PERIODIC_UPDATE: frozenset({Status.PENDING}),
    SlaMeasure.TEAM_TIME: frozenset({Status.PENDING}),
}


class Promises:
    """Starts, runs, re-targets and ends clocks; writes outcomes into the ticket's result."""

    def __init__(self, domain: Domain, result: TicketResult, attributes: Attributes, hours: Callable[[str], Hours]) -> None:
        """Begin without a clock."""
        self._domain = domain
        self._result = result
        self._attributes = attributes
        self._hours = hours
        self._count: dict[SlaMeasure, int] = {}
        self.clocks: list[SlaClock] = []
        self.silent = False
        """The ticket is gone: nothing is written down."""
        self.event: Event | None = None
        """The event that is walked past."""

    def pass_time(self, now_ms: int) -> None:
        """Let every clock run to just before the events of `now_ms`: a deadline at `now_ms` itself has not passed yet."""
        for clock in self._unended():
            clock.run_to(now_ms, ran=_runs(clock, self._result.stands[-1]))
            self._breach_before(clock, now_ms)

    def finish(self, now_ms: int) -> None:
        """Let every clock run to the end of the log; a deadline at that very time has not passed."""
        self.pass_time(now_ms)

    def start(self, measure: SlaMeasure, start_ms: int, now_ms: int, instance: int | None = None) -> None:
        """Start a clock at an event of `now_ms`; its start may lie before (`created_at`, messages before a reopening)."""
        self._count[measure] = self._count.get(measure, 0) + 1
        clock = SlaClock(measure, self._count[measure] if instance is None else instance, start_ms)
        clock.take(self._terms(measure, start_ms))
        clock.run_to(now_ms, ran=not self.silent)  # no pauses before the event that shows the start
        self.clocks.append(clock)
        due = clock.due()
        if due is not None and due < now_ms and not self.silent:
            self._breach(clock, due, "begun_earlier")

    def start_unless_running(self, measure: SlaMeasure, start_ms: int, now_ms: int, instance: int | None = None) -> None:
        """Start a clock of which the ticket has one at a time."""
        if not self._of(measure):
            self.start(measure, start_ms, now_ms, instance)

    def ask(self, start_ms: int, now_ms: int) -> None:
        """Take a message by the customer that wants an answer of its own."""
        if len(self._of(SlaMeasure.EACH_REPLY)) < MOST_UNANSWERED:
            self.start(SlaMeasure.EACH_REPLY, start_ms, now_ms)
        else:
            self._count[SlaMeasure.EACH_REPLY] += 1

    def updated(self, replies: int, now_ms: int) -> None:
        """Take the customer's `replies`-th reply as an update: the next one is due a period later."""
        self.fulfil((SlaMeasure.PERIODIC_UPDATE,), now_ms, "reply")
        self.start(SlaMeasure.PERIODIC_UPDATE, now_ms, now_ms, replies + 1)

    def answered(self, now_ms: int, *, public: bool) -> None:
        """Take an answer by a responder of the team that holds the ticket."""
        enough = (TeamGoal.REPLY, TeamGoal.ANSWER) if public else (TeamGoal.ANSWER,)
        if any(clock.terms is not None and clock.terms.until in enough for clock in self._of(SlaMeasure.TEAM_TIME)):
            self.fulfil((SlaMeasure.TEAM_TIME,), now_ms, "answer")

    def rest(self, now_ms: int) -> None:
        """Let the total resolution rest on a solve: met, in place of what an earlier solve said."""
        for clock in self._of(SlaMeasure.TOTAL_RESOLUTION):
            if clock.phase is Phase.LIVE and clock.terms is not None and not self.silent:
                self._replace(clock)
                self._record(clock, met=True, at_ms=now_ms, cause="solve")
            clock.resting = True

    def resume(self, now_ms: int) -> None:
        """Let the total resolution run on: the ticket is reopened."""
        for clock in self._of(SlaMeasure.TOTAL_RESOLUTION):
            clock.resting, clock.resumed_at = False, now_ms

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
        if self._result.stands[-1].status in DONE:  # what outlives a solve keeps its promise until the ticket is reopened
            return
        for clock in self._unended():
            if clock.phase is Phase.BREACHED and self._domain.retract_on_relax and not self.silent:
                self._relax(clock, now_ms)
                continue
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

    def _relax(self, clock: SlaClock, now_ms: int) -> None:
        """Take a breach back where the deadline of the promise that now holds lies ahead."""
        after = self._terms(clock.measure, clock.start_ms)
        if after is None:
            return
        before, clock.terms = clock.terms, after
        due = clock.due()
        if due is not None and due <= now_ms:
            clock.terms = before
            return
        this = (clock.measure, clock.instance)
        self._result.outcomes = [outcome for outcome in self._result.outcomes if (outcome.measure, outcome.instance) != this]
        clock.phase, clock.breached_at, clock.terms_since_ms = Phase.LIVE, None, now_ms
        clock.changed_while_gone = clock.overdue_while_gone = False

    def back(self, now_ms: int) -> None:
        """Bring the ticket back."""
        self.silent = False
        if self._result.stands[-1].status not in DONE:
            self.wake(now_ms)

    def wake(self, now_ms: int) -> None:
        """Let what a change of terms did while the ticket was gone stand here: the restoration, or the reopening after it."""
        for clock in self._unended():
            if clock.changed_while_gone:
                clock.terms_since_ms, clock.changed_while_gone = now_ms, False
            if clock.phase is Phase.LIVE and clock.overdue_while_gone and clock.terms is not None:
                self._breach(clock, now_ms, "target_changed")

    def unended(self, now_ms: int, stand: Stand) -> Iterator[Running]:
        """Yield the clocks that have not ended, as they stand."""
        for clock in self._unended():
            if clock.terms is not None:
                due, state = None, "paused"
                if clock.phase is Phase.BREACHED:
                    due, state = clock.breached_at, "breached"
                elif running(clock, stand) and not clock.resting:
                    due, state = clock.ahead(now_ms), "running"
                terms = clock.terms
                yield Running(clock.measure, clock.instance, state, terms.policy, terms.limit_ms, clock.start_ms, due)

    def _terms(self, measure: SlaMeasure, start_ms: int) -> Terms | None:
        return terms_for(self._domain, self._attributes, measure, self._hours, start_ms)

    def _unended(self) -> list[SlaClock]:
        return [clock for clock in self.clocks if clock.phase is not Phase.ENDED]

    def _breach_before(self, clock: SlaClock, now_ms: int) -> None:
        if clock.phase is Phase.LIVE and not self.silent and not clock.overdue_while_gone and not clock.resting:
            due = clock.due()
            if due is not None and max(due, clock.resumed_at or due) < now_ms:
                self._breach(clock, max(due, clock.resumed_at or due), "deadline")

    def _breach(self, clock: SlaClock, at_ms: int, cause: str) -> None:
        self._replace(clock)
        clock.phase, clock.breached_at = Phase.BREACHED, at_ms
        self._record(clock, met=False, at_ms=at_ms, cause=cause)

    def _of(self, measure: SlaMeasure) -> list[SlaClock]:
        return [clock for clock in self._unended() if clock.measure is measure]

    def _replace(self, clock: SlaClock) -> None:
        """Take back what a solve said about a total resolution."""
        if clock.measure is SlaMeasure.TOTAL_RESOLUTION:
            outcomes = self._result.outcomes
            self._result.outcomes = [outcome for outcome in outcomes if outcome.measure is not SlaMeasure.TOTAL_RESOLUTION]

    def _record(self, clock: SlaClock, *, met: bool, at_ms: int, cause: str) -> None:
        terms = clock.terms
        assert terms is not None  # noqa: S101 - outcomes are of promises; narrows the type
        leaf = self._result.leaf_at(at_ms) if cause == "deadline" else self._result.stands[-1].leaf
        if met and self.event is not None:
            leaf = signed(self._domain, leaf, self.event)
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
    if stand.status in DONE and clock.measure in OUTLIVING_A_SOLVE:
        return False
    own = None if clock.terms is None else clock.terms.pauses
    return not stand.gone and stand.status not in (PAUSING.get(clock.measure, ()) if own is None else own)


def running(clock: SlaClock, stand: Stand) -> bool:
    """Return whether a clock has neither ended nor breached and is not paused."""
    return clock.phase is Phase.LIVE and clock.terms is not None and _runs(clock, stand)
