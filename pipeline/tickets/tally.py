"""What a fold says while it runs: additions to the numbers, and facts about SLA clocks."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.additions import Leaf, Ledger
from pipeline.measures import Measure, base
from pipeline.signals import SlaEventType
from pipeline.tickets.entry import CHANNELS
from pipeline.tickets.rules import Rules
from pipeline.tickets.state import SLA_MEASURES, SlaClock, State
from pipeline.windows.histogram import add_to_cell

_CODES = {measure: base(measure) for measure in Measure}
MET = tuple(base(Measure(f"sla_{measure}_met")) for measure in SLA_MEASURES)
BREACHED = tuple(base(Measure(f"sla_{measure}_breached")) for measure in SLA_MEASURES)


class SlaFact(NamedTuple):
    """One fact about one clock, comparable, so that the facts of two folds can be told apart."""

    type: SlaEventType
    measure: int
    instance: int
    at: int
    promise: int
    started_at: int
    due_at: int
    share_ppm: int
    cause: str
    queue: str
    channel: str
    team: str


class Tally:
    """Collects what a fold says. A ticket that is gone says nothing: the caller asks `state.gone` first."""

    __slots__ = ("facts", "ledger", "rules", "tenant")

    def __init__(self, rules: Rules, tenant: str, ledger: Ledger | None = None) -> None:
        """Collect into `ledger`, or into a new one."""
        self.rules = rules
        self.tenant = tenant
        self.ledger = Ledger() if ledger is None else ledger
        self.facts: list[SlaFact] = []

    def count(self, state: State, at_ms: int, measure: Measure) -> None:
        """Add one to a counter in the ticket's leaf."""
        if not state.gone:
            self.ledger.add(self.rules.leaf(state), at_ms, _CODES[measure])

    def observe(self, state: State, calendar: Measure, business: Measure, since_ms: int, at_ms: int) -> int:
        """Add a duration that ends at `at_ms` on both clocks; return it in calendar time."""
        elapsed_ms = max(0, at_ms - since_ms)
        if not state.gone:
            rules = self.rules
            cell = self.ledger.cell(rules.leaf(state), at_ms)
            add_to_cell(cell, calendar, elapsed_ms, rules.edges_ms)
            add_to_cell(cell, business, rules.calendar(state).elapsed(since_ms, at_ms), rules.edges_ms)
        return elapsed_ms

    def spend(self, state: State, codes: tuple[int, int], since_ms: int, at_ms: int) -> None:
        """Add a stretch of time that ends at `at_ms` to two amounts: in calendar time and in the queue's hours."""
        if at_ms > since_ms and not state.gone:
            cell = self.ledger.cell(self.rules.leaf(state), at_ms)
            calendar, business = codes
            cell[calendar] = cell.get(calendar, 0) + at_ms - since_ms
            cell[business] = cell.get(business, 0) + self.rules.calendar(state).elapsed(since_ms, at_ms)

    def outcome(self, state: State, at_ms: int, code: int) -> None:
        """Add one SLA outcome, a code of `MET` or `BREACHED`."""
        self.ledger.add(self.rules.leaf(state), at_ms, code)

    def take_back(self, leaf: Leaf, at_ms: int, code: int) -> None:
        """Take back one SLA outcome where it stood."""
        self.ledger.add(leaf, at_ms, code, -1)

    def say(self, kind: SlaEventType, state: State, clock: SlaClock, at_ms: int, *, share_ppm: int = 0, cause: str = "") -> None:
        """Record a fact about a clock."""
        self.facts.append(
            SlaFact(
                kind,
                clock.measure,
                clock.instance,
                at_ms,
                clock.promise,
                clock.started_at,
                at_ms if clock.due_at is None else clock.due_at,
                share_ppm,
                cause,
                state.queue,
                "" if state.channel is None else CHANNELS[state.channel].value,
                state.team,
            )
        )


class Quiet(Tally):
    """Collects facts only: for a part of a log whose additions stand."""

    __slots__ = ()

    def count(self, state: State, at_ms: int, measure: Measure) -> None:
        """Count nothing."""

    def observe(self, _state: State, _calendar: Measure, _business: Measure, since_ms: int, at_ms: int) -> int:
        """Return the duration in calendar time."""
        return max(0, at_ms - since_ms)

    def spend(self, state: State, codes: tuple[int, int], since_ms: int, at_ms: int) -> None:
        """Count nothing."""

    def outcome(self, state: State, at_ms: int, code: int) -> None:
        """Count nothing."""

    def take_back(self, leaf: Leaf, at_ms: int, code: int) -> None:
        """Count nothing."""
