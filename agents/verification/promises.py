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
        outcome = expected.get(clock)
        standing = {at: count for at, count in breaches.get(clock, Counter()).items() if count}
        where = {"ticket_id": ticket_id, "measure": f"{promise} {instance}"}
        right = {} if outcome is None or outcome.met else {outcome.at_ms: 1}
        what = "breaches that stand, time and how often"
        checked.same(_words(right), _words(standing), what, tenant, **where)  # type: ignore[arg-type]  # a literal's types
        times = fulfilled.get(clock)
        if outcome is not None and outcome.met and times:  # said only of clocks that had been at risk
            found = outcome.at_ms if outcome.at_ms in times else max(times, default=None)
            checked.same(outcome.at_ms, found, "when the promise was met", tenant, **where)  # type: ignore[arg-type]  # the same
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


def _expected(truth: OracleResult) -> dict[Clock, Outcome]:
    """Return the outcome of each clock; of a ticket that was forgotten in between, that of the life it was said in last."""
    return {
        (tenant, ticket, outcome.measure.value, outcome.instance): outcome
        for (tenant, ticket), outcomes in truth.outcomes().items()
        if truth.tickets[tenant, ticket].lives == 1
        for outcome in outcomes
    }


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


def _words(standing: dict[int, int]) -> str:
    return ", ".join(f"{at} x {count}" for at, count in sorted(standing.items()))
