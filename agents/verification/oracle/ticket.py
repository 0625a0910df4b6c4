"""The life of one ticket, re-told from its complete list of events.

Within one event: attributes, creation, reopening, what happened (message, hand-off, abandon), solve, policies matched again.
So a reply that reopens is a reply on an open ticket, a reply that solves is a reply before the solve, and what an event ends is
judged by the promise that was in force before it.
"""

from __future__ import annotations

from agents.verification.oracle.calendar import OpeningHours, hours_named, hours_of
from agents.verification.oracle.clock import Phase
from agents.verification.oracle.facts import BUSINESS, DONE, EndedBy, Fact, Leaf, Piece, Stand, TicketResult, Wait
from agents.verification.oracle.handled import Handled, Moment
from agents.verification.oracle.holding import Holding
from agents.verification.oracle.messages import by_customer, internal, is_reply
from agents.verification.oracle.policy import Attributes, policy_for, signed
from agents.verification.oracle.promises import (
    ENDED_BY_SOLVE,
    MOST_UNANSWERED,
    REPLY_CLOCKS,
    RESOLUTION_CLOCKS,
    Promises,
    running,
)
from pipeline.config import Domain, SlaMeasure
from pipeline.events import ActorKind, Event, EventType, Status
from pipeline.measures import Measure, Work

PART_OF_CREATION_MS = 60_000
GONE = frozenset({EventType.MERGED, EventType.SPAM_MARKED, EventType.DELETED})


class Life:
    """One life of a ticket, walked through event by event."""

    def __init__(self, domain: Domain, calendars: dict[str, OpeningHours], events: list[Event]) -> None:
        """Take the events of one life, in their order."""
        self.domain, self.calendars, self.events = domain, calendars, events
        self.creation = next((event for event in events if event.type is EventType.CREATED), None)
        self.failed = {e.message_id for e in events if e.type is EventType.MESSAGE_FAILED and e.message_id is not None}
        self.attributes = Attributes(events[0].tenant)
        creator = self._creator()
        self.by_customer = creator not in (None, ActorKind.RESPONDER, ActorKind.AUTOMATION, ActorKind.SYSTEM)
        proactive = creator is ActorKind.RESPONDER
        self.result = TicketResult(events[0].tenant, events[0].ticket_id, self.creation is None, proactive, 0, 0)
        self.promises = Promises(domain, self.result, self.attributes, self._hours)
        self.holding = Holding(domain, self.promises, self.attributes, creation_known=self.creation is not None)
        self.begun = False
        """Whether the created event has been walked past."""
        self.gone = False
        self.silent = False
        """Nothing is counted: gone before this event, or by it."""
        self.wait: Wait | None = None
        self.contact_index = 0
        self.written_since_solve: list[tuple[int, int]] = []
        """Index and time of the customer's unanswered messages on the solved ticket."""
        self.replies = 0
        self.handoffs: list[tuple[int, int]] = []
        self.solves = 0
        self.solved: Event | None = None
        self.new_case = False
        """The next wait is one for a first reply again."""
        self.answered = False
        """The first reply to the present case has been given."""
        self.full: list[Fact] = []
        self.moments: list[Moment] = []
        self.leaf: Leaf = ()
        """Where the event that is walked past adds what it adds."""

    def _creator(self) -> ActorKind | None:
        return None if self.creation is None else self.creation.created_by or self.creation.actor

    @property
    def created_at(self) -> int | None:
        """Return when the ticket was created, as far as the log tells."""
        if self.creation is None:
            return None
        return self.creation.occurred_at if self.creation.created_at is None else self.creation.created_at

    def _hours(self, name: str = "") -> OpeningHours:
        """Return a calendar by its name, or the ticket's own."""
        if name:
            return hours_named(self.domain, self.calendars, name)
        queue, team = (self.attributes.text(self.domain, attribute) for attribute in ("queue", "team"))
        return hours_of(self.domain, self.calendars, queue, team)

    def step(self, index: int) -> None:
        """Take the next event."""
        event = self.events[index]
        now_ms = event.occurred_at
        if self.result.stands:
            self.promises.pass_time(now_ms)
        before, origin_before = dict(self.attributes.values), self._origin()
        was_done = self.attributes.status in DONE
        unheard = self.creation is None and "status" not in self.attributes.values
        self.silent = self.gone or event.type in GONE
        self.promises.silent, self.promises.event = self.silent, event
        self.holding.take(event)
        self.attributes.apply(event)
        if unheard and event.status is Status.CLOSED:  # closing follows a solve that was not seen
            was_done = True
            self.solves += 1
            self._end_wait(now_ms, EndedBy.SOLVE)
            self.promises.cancel(ENDED_BY_SOLVE)
        done = self.attributes.status in DONE
        self.gone = event.type in GONE or (self.gone and event.type is not EventType.RESTORED)
        self.result.stands.append(Stand(now_ms, self.attributes.leaf(self.domain), self.attributes.status, self.gone))
        self.leaf = signed(self.domain, self.result.stands[-1].leaf, event)
        if event is self.creation:
            self._create(index, was_done=was_done)
        if was_done and not done:
            self._reopen(now_ms)
        self._note(event, before, origin_before, was_done=was_done, done=done)
        self._happen(index, done=was_done and done)
        creation = self.created_at if event is self.creation and self.solves == 0 else None
        self.holding.settle(now_ms, creation, reopened=was_done and not done, solved=done)
        if done and not was_done:
            self._solve(now_ms)
            self.solved = event
        self.promises.match_again(now_ms)
        if was_done and not done and not self.silent:
            self.promises.wake(now_ms)
        if event.type is EventType.RESTORED:
            self.promises.back(now_ms)

    def _origin(self) -> int:
        return self.events[0].occurred_at if not self.begun or self.created_at is None else self.created_at

    def _note(self, event: Event, before: dict[str, object], origin_before: int, *, was_done: bool, done: bool) -> None:
        failed = event.message_id in self.failed
        self.moments.append(
            Moment(
                event,
                before,
                dict(self.attributes.values),
                self.leaf,
                self._hours(),
                self.silent,
                was_done,
                done,
                event.type is EventType.MESSAGE_ADDED and is_reply(event) and not failed,
                failed,
                self.wait.start_ms if self.wait is not None and self.wait.first else None,
                origin_before,
                self._origin(),
            )
        )

    def _create(self, index: int, *, was_done: bool) -> None:
        now_ms, created_at = self.events[index].occurred_at, self.created_at
        assert created_at is not None  # noqa: S101 - the created event is there; narrows the type
        self.begun = True
        self._count(Measure.CREATED, created_at)
        if self.solves == 0:
            for measure in (*RESOLUTION_CLOCKS, SlaMeasure.TOTAL_RESOLUTION):
                self.promises.start(measure, created_at, now_ms)
            self.promises.start_unless_running(SlaMeasure.PERIODIC_UPDATE, created_at, now_ms, self.replies + 1)
        if self.by_customer and not was_done:
            self._begin_wait(index, created_at, now_ms)
            self.promises.ask(created_at, now_ms)

    def _happen(self, index: int, *, done: bool) -> None:
        event = self.events[index]
        match event.type:
            case EventType.MESSAGE_ADDED if is_reply(event) and event.message_id not in self.failed:
                self._reply(event.occurred_at)
                self.promises.answered(event.occurred_at, public=True)
            case EventType.MESSAGE_ADDED if internal(event):
                self.promises.answered(event.occurred_at, public=False)
            case EventType.MESSAGE_ADDED if by_customer(event):
                self._customer_wrote(index, done=done)
            case EventType.HANDED_OFF:
                self.handoffs.append((index, event.occurred_at))
            case EventType.ABANDONED:
                self._count(Measure.ABANDONED, event.occurred_at)
                if self.wait is not None and self.wait.first:
                    self._last(Measure.ABANDONED_AFTER, self.wait.start_ms, event.occurred_at)
                self._end_wait(event.occurred_at, EndedBy.ABANDONED)
                self.promises.cancel(REPLY_CLOCKS)
            case _:
                pass

    def _customer_wrote(self, index: int, *, done: bool) -> None:
        now_ms = self.events[index].occurred_at
        if done:
            self.written_since_solve.append((index, now_ms))
        elif self.begun or not self.by_customer:  # the customer's own ticket begins with its creation
            if self.wait is None:
                self._begin_wait(index, now_ms, now_ms)
            created_at = self.created_at
            if not self.by_customer or created_at is None or now_ms > created_at + PART_OF_CREATION_MS:
                self.promises.ask(now_ms, now_ms)

    def _reply(self, now_ms: int) -> None:
        self._count(Measure.REPLIES, now_ms)
        self.replies += 1
        self.written_since_solve = []
        self.promises.updated(self.replies, now_ms)
        wait = self.wait
        if wait is None:
            return
        if wait.first:
            self.answered = True
            handed = [at for index, at in self.handoffs if index > self.contact_index]
            self._last(Measure.FIRST_REPLY, wait.start_ms, now_ms)
            self._last(Measure.FIRST_REPLY_RESPONDER, handed[-1] if handed else wait.start_ms, now_ms)
        else:
            self._last(Measure.NEXT_REPLY, wait.start_ms, now_ms)
        self._end_wait(now_ms, EndedBy.REPLY)
        self.promises.fulfil(REPLY_CLOCKS, now_ms, "reply")

    def _reopen(self, now_ms: int) -> None:
        self._count(Measure.REOPENED, now_ms)
        self.promises.resume(now_ms)
        if self._is_new_case(now_ms):
            self.new_case, self.handoffs = True, []
        written, self.written_since_solve = self.written_since_solve, []
        if written:
            self._begin_wait(*written[0], now_ms)
        for _, start_ms in written[: MOST_UNANSWERED + 1]:
            self.promises.ask(start_ms, now_ms)

    def _is_new_case(self, now_ms: int) -> bool:
        cycles, solved = self.domain.cycles, self.solved
        if solved is None or not self.begun or not any(wait.first for wait in self.result.waits):
            return False
        if cycles.reopen_after is not None and now_ms - solved.occurred_at >= cycles.reopen_after:
            return True
        by_machine = solved.actor in {ActorKind.AUTOMATION, ActorKind.SYSTEM}
        return cycles.unanswered and not self.answered and by_machine

    def _solve(self, now_ms: int) -> None:
        self._count(Measure.SOLVED, now_ms)
        created_at = self.created_at
        if created_at is not None:
            if self.solves == 0:
                self._last(Measure.FIRST_RESOLUTION, created_at, now_ms)
            if not self.silent:
                for fact in self.full:  # the observation before is taken back where it stood
                    self.result.facts.remove(fact)
                self.full = self._last(Measure.FULL_RESOLUTION, created_at, now_ms)
        self.solves += 1
        self.written_since_solve = []
        self._end_wait(now_ms, EndedBy.SOLVE)
        self.promises.fulfil(ENDED_BY_SOLVE, now_ms, "solve")
        self.promises.rest(now_ms)

    def _begin_wait(self, index: int, start_ms: int, now_ms: int) -> None:
        fresh = self.new_case or not self.result.waits
        first = fresh and not self.result.resumed and not self.result.proactive
        if first:
            self.contact_index, self.new_case, self.answered = index, False, False
        self.wait = Wait(first, start_ms)
        self.result.waits.append(self.wait)
        self.promises.start(SlaMeasure.FIRST_REPLY if first else SlaMeasure.NEXT_REPLY, start_ms, now_ms)

    def _end_wait(self, now_ms: int, how: EndedBy) -> None:
        if self.wait is not None:
            self.wait.end_ms, self.wait.ended_by, self.wait.ended_at = now_ms, how, len(self.result.stands) - 1
            self.wait = None

    def _count(self, measure: Measure, at_ms: int) -> None:
        if not self.silent:
            self.result.facts.append(Fact(measure, at_ms, self.leaf, 1))

    def _last(self, measure: Measure, since_ms: int, until_ms: int) -> list[Fact]:
        """Write a duration down in both clocks; one below zero is zero."""
        leaf, hours = self.leaf, self._hours()
        calendar = Fact(measure, until_ms, leaf, max(0, until_ms - since_ms))
        business = Fact(BUSINESS[measure], until_ms, leaf, hours.elapsed(since_ms, until_ms))
        if not self.silent:
            self.result.facts += [calendar, business]
        return [calendar, business]

    def finish(self, now_ms: int) -> None:
        """Let time reach the end of the log, and say what is open then."""
        self.promises.finish(now_ms)
        self.result.facts += Handled(self.domain, self.moments, self.result, self.created_at).facts()
        self.result.replies, self.result.last_at = self.replies, self.events[-1].occurred_at
        stand = self.result.stands[-1]
        self.result.clocks = list(self.promises.unended(now_ms, stand))
        if stand.gone or stand.status in DONE:
            return
        began = self.events[0].occurred_at if self.created_at is None else self.created_at
        self._open(Work.OPEN, began)
        if not self.attributes.text(self.domain, "assignee"):
            self._open(Work.UNASSIGNED, began)
        if self.domain.policies and policy_for(self.domain, self.attributes, self._hours, began) is None:
            self._open(Work.UNMATCHED, began)
        if self.wait is not None:
            self._open(Work.AWAITING_FIRST_REPLY if self.wait.first else Work.AWAITING_NEXT_REPLY, self.wait.start_ms)
        for clock in self.promises.clocks:
            at_risk_at = clock.at_risk_at()
            if clock.phase is Phase.BREACHED and clock.breached_at is not None:
                self._open(Work.BREACHED, clock.breached_at)
            elif running(clock, stand) and at_risk_at is not None and at_risk_at <= now_ms:
                self._open(Work.AT_RISK, at_risk_at)

    def _open(self, work: Work, start_ms: int) -> None:
        self.result.work.append(Piece(work, start_ms, self.result.stands[-1].leaf))
