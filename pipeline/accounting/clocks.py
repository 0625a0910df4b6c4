"""The clock segments of a ticket: when each SLA clock ran, paused, was at risk, breached, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from pipeline.accounting.contribution import Contribution
from pipeline.measures import Measure
from pipeline.policy import SlaMeasure
from pipeline.signals import SlaEventType
from pipeline.tickets.rules import Rules
from pipeline.tickets.state import SLA_MEASURES, SlaClock, State
from pipeline.tickets.tally import SlaFact


class Phase(StrEnum):
    """What a clock was doing."""

    RUNNING = "running"
    AT_RISK = "at_risk"
    PAUSED = "paused"
    BREACHED = "breached"
    """Past its deadline, and what was promised had not come."""
    NO_PROMISE = "no_promise"
    """Running, in case a promise comes."""


class Segment(msgspec.Struct):
    """One stretch of a clock. `until` is `None` while it lasts."""

    phase: Phase
    since: int
    until: int | None = None


class ClockStory(msgspec.Struct):
    """One clock from its start to its end."""

    measure: SlaMeasure
    instance: int
    started_at: int
    policy: str = ""
    """The promise in force last; empty: none."""
    calendar: str = ""
    """Empty: every hour counts."""
    target_ms: int = 0
    due_at: int | None = None
    outcome: str = "open"
    """open, met, breached, cancelled: a clock that has breached stays so, whatever ends it."""
    ended_at: int | None = None
    segments: list[Segment] = []


class ClockBook:
    """Writes down what the clocks of a ticket do."""

    def __init__(self, rules: Rules) -> None:
        """Begin before the first event."""
        self._rules = rules
        self._stories: dict[tuple[int, int], ClockStory] = {}

    def look(self, state: State, at_ms: int, facts: Sequence[SlaFact], added: Sequence[Contribution]) -> None:
        """Note how the clocks stand after a step at `at_ms` that said `facts` and added to the numbers."""
        present = {(clock.measure, clock.instance): clock for clock in state.clocks}
        for fact in facts:
            if fact.type is SlaEventType.BREACHED and (fact.measure, fact.instance) not in present:
                story = self._story(fact.measure, fact.instance, fact.started_at)
                self._promise(story, fact.promise)
                story.due_at, story.outcome = fact.due_at, "breached"
                _turn(story, Phase.BREACHED, fact.at)
        for place, clock in present.items():
            self._note(place, clock, state, at_ms)
        met: Counter[SlaMeasure] = Counter(_met(added))
        del met[SlaMeasure.TOTAL_RESOLUTION]  # met by a solve, it stays on the ticket
        for place, story in self._stories.items():
            if place not in present and story.ended_at is None:
                _end(story, at_ms, met=story.measure in met)
                met[story.measure] -= story.outcome == "met"
        for measure, amount in met.items():
            for _ in range(amount):
                self._pass_by(measure, at_ms)

    def stories(self) -> list[ClockStory]:
        """Return every clock so far, in the order of their starts."""
        return sorted(self._stories.values(), key=lambda story: (story.started_at, story.measure.value, story.instance))

    def _pass_by(self, measure: SlaMeasure, at_ms: int) -> None:
        """Write down a clock that one event both started and fulfilled: a ticket assigned as it is created."""
        index = SLA_MEASURES.index(measure)
        instance = 1 + max((number for kind, number in self._stories if kind == index), default=0)
        story = self._story(index, instance, at_ms)
        _turn(story, Phase.RUNNING, at_ms)
        _end(story, at_ms, met=True)

    def _note(self, place: tuple[int, int], clock: SlaClock, state: State, at_ms: int) -> None:
        story = self._story(*place, clock.started_at)
        self._promise(story, clock.promise)
        story.due_at = clock.due_at
        if not clock.breached:
            _take_back_breach(story)
            rests = SLA_MEASURES[clock.measure] is SlaMeasure.TOTAL_RESOLUTION and state.owed is not None
            story.outcome = "met" if rests and state.owed is not None and state.owed.met_at is not None else "open"
        if clock.breached:
            story.outcome = "breached"
            _turn(story, Phase.BREACHED, clock.due_at if clock.due_at is not None else at_ms)
        elif clock.running_since is None or state.gone:
            _turn(story, Phase.PAUSED, at_ms)
        elif not clock.promise:
            _turn(story, Phase.NO_PROMISE, at_ms)
        elif clock.at_risk_since is not None:
            _turn(story, Phase.AT_RISK, max(clock.at_risk_since, story.segments[-1].since if story.segments else 0))
        else:
            _turn(story, Phase.RUNNING, at_ms if story.segments else clock.started_at)

    def _story(self, measure: int, instance: int, started_at: int) -> ClockStory:
        return self._stories.setdefault((measure, instance), ClockStory(SLA_MEASURES[measure], instance, started_at, segments=[]))

    def _promise(self, story: ClockStory, promise_id: int) -> None:
        promise = self._rules.promises.get(promise_id)
        if promise is not None:
            story.policy, story.calendar, story.target_ms = promise.policy, promise.calendar, promise.limit_ms


def _turn(story: ClockStory, phase: Phase, at_ms: int) -> None:
    if story.segments:
        last = story.segments[-1]
        if last.phase is phase:
            return
        last.until = max(last.since, at_ms)
    story.segments.append(Segment(phase, max(at_ms, story.segments[-1].since) if story.segments else story.started_at))


def _take_back_breach(story: ClockStory) -> None:
    """Forget a breach that a relaxed promise has taken back: the clock ran all the while."""
    if story.segments and story.segments[-1].phase is Phase.BREACHED:
        story.segments.pop()
        if story.segments:
            story.segments[-1].until = None


def _met(added: Sequence[Contribution]) -> dict[SlaMeasure, int]:
    counters = {Measure(f"sla_{measure}_met"): measure for measure in SlaMeasure}
    found: dict[SlaMeasure, int] = {}
    for one in added:
        if one.measure in counters and one.amount > 0:
            found[counters[one.measure]] = found.get(counters[one.measure], 0) + one.amount
    return found


def _end(story: ClockStory, at_ms: int, *, met: bool) -> None:
    story.ended_at = at_ms
    if story.segments:
        story.segments[-1].until = max(story.segments[-1].since, at_ms)
    if story.outcome == "open":
        story.outcome = "met" if met else "cancelled"
