"""Outcomes of promises: at most one of a clock, a breach at its deadline, each said once."""

from __future__ import annotations

from collections import Counter

from agents.verification.findings import Check, Checked, Law
from agents.verification.oracle import OracleResult
from agents.verification.oracle.facts import Outcome
from pipeline.signals import SlaEvent, SlaEventType

Clock = tuple[str, str, str, int]
"""Tenant, ticket, promise, number of the clock."""


def compare_promises(truth: OracleResult, said: list[SlaEvent]) -> Checked:
    """Compare `sla-events` with the outcomes that the log gives."""
    checked = Checked(check=Check.PROMISES)
    expected = _expected(truth)
    breaches, fulfilled = _breaches(said), _fulfilled(said)
    for clock in sorted(expected.keys() | breaches.keys()):
        tenant, ticket_id, promise, instance = clock
        outcomes = expected.get(clock, [])
        where = {"ticket_id": ticket_id, "measure": f"{promise} {instance}"}
        right = Counter(outcome.at_ms for outcome in outcomes if not outcome.met)
        what = "breaches that stand, time and how often"
        checked.same(_words(right), _words(breaches.get(clock, Counter())), what, tenant, **where)  # type: ignore[arg-type]  # a literal's types
        times = fulfilled.get(clock)
        if times and len(outcomes) == 1 and outcomes[0].met:  # said only of clocks that had been at risk
            met_at = outcomes[0].at_ms
            checked.same(met_at, met_at if met_at in times else max(times), "when the promise was met", tenant, **where)  # type: ignore[arg-type]  # the same
    for event in said:
        if event.type is SlaEventType.BREACHED:
            place = {"ticket_id": event.ticket_id, "measure": f"{event.measure.value} {event.instance}"}
            what = "the deadline beside a breach"
            checked.same(event.occurred_at, event.due_at, what, event.tenant, **place)  # type: ignore[arg-type]  # the same
    return checked


def promise_law(truth: OracleResult, said: list[SlaEvent]) -> Law:
    """Return the conservation of breaches: those that the log gives are those said, less those taken back."""
    counted = Counter(event.type for event in said)
    total = sum(not outcome.met for outcomes in truth.outcomes().values() for outcome in outcomes)
    parts = {"said": counted[SlaEventType.BREACHED], "taken back": -counted[SlaEventType.BREACH_RETRACTED]}
    return Law(name="breaches that stand", total=total, parts=parts)


def _expected(truth: OracleResult) -> dict[Clock, list[Outcome]]:
    """Return the outcomes of each clock: one, unless the ticket was forgotten in between and its clocks began anew."""
    found: dict[Clock, list[Outcome]] = {}
    for (tenant, ticket), outcomes in truth.outcomes().items():
        for outcome in outcomes:
            found.setdefault((tenant, ticket, outcome.measure.value, outcome.instance), []).append(outcome)
    return found


def _breaches(said: list[SlaEvent]) -> dict[Clock, Counter[int]]:
    found: dict[Clock, Counter[int]] = {}
    signs = {SlaEventType.BREACHED: 1, SlaEventType.BREACH_RETRACTED: -1}
    for event in said:
        if event.type in signs:
            found.setdefault(_clock(event), Counter())[event.occurred_at] += signs[event.type]
    return found


def _fulfilled(said: list[SlaEvent]) -> dict[Clock, set[int]]:
    found: dict[Clock, set[int]] = {}
    for event in said:
        if event.type is SlaEventType.FULFILLED:
            found.setdefault(_clock(event), set()).add(event.occurred_at)
    return found


def _clock(event: SlaEvent) -> Clock:
    return event.tenant, event.ticket_id, event.measure.value, event.instance


def _words(standing: Counter[int]) -> str:
    return ", ".join(f"{at} x {count}" for at, count in sorted(standing.items()) if count)
