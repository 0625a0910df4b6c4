"""Folding an event into a row: by one step where it is in order, by folding the log again where it is not.

The effect of folding again is the difference of two folds: what the old log said is taken back, what the new one says is
added, so numbers are exact whatever the order of arrival.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter

from pipeline.signals import SlaEventType
from pipeline.tickets import entry as log
from pipeline.tickets.entry import CREATED, MESSAGE_FAILED, Entry
from pipeline.tickets.fold import advance, failures, fold, foresee, go_on
from pipeline.tickets.row import FROZEN_IDS, LOG_LIMIT, HotRow, TicketRow, freeze, thaw
from pipeline.tickets.rules import Rules
from pipeline.tickets.sla import expire
from pipeline.tickets.state import State
from pipeline.tickets.tally import Quiet, SlaFact, Tally


def knows(row: TicketRow, digest: bytes) -> bool:
    """Return whether an event has been folded before."""
    if log.holds(row.log, digest):
        return True
    at = row.frozen_ids.find(digest)
    while at >= 0 and at % len(digest):
        at = row.frozen_ids.find(digest, at + 1)
    return at >= 0


def apply(hot: HotRow, entry: Entry, now_ms: int, tally: Tally) -> bool:
    """Fold a new entry into a row; return whether the log was folded again."""
    row = hot.row
    order = entry.order
    again = (
        order < row.last
        or entry.at < row.state.fired_at
        or entry.type == MESSAGE_FAILED
        or (entry.type == CREATED and row.count > 0)
    )
    if again:
        _fold_again(row, entry, now_ms, tally)
    else:
        failed = row.has_failures and entry.message_hash in failures(log.unpack(row.log, row.count))
        advance(row.state, entry, tally, failed=failed)
        row.log += log.pack(entry)
        row.count += 1
        row.last = order
    if row.count > LOG_LIMIT:
        _freeze(row, tally.rules, tally.tenant)
    return again


def _fold_again(row: TicketRow, entry: Entry, now_ms: int, tally: Tally) -> None:
    old = log.unpack(row.log, row.count) if row.count else []
    at = bisect(old, entry.order, key=_order)
    entries = [*old[:at], entry, *old[at:]]
    fired_at, last = row.state.fired_at, entries[-1]
    # Unless the entry changes how those before it are read, both folds begin alike: that part is folded once, uncounted.
    shared = 0 if entry.type in (MESSAGE_FAILED, CREATED) else at
    start = thaw(row.base)
    both = Quiet(tally.rules, tally.tenant)
    if shared:
        foresee(start, old)
        go_on(start, old[:shared], failures(old), both)
    base = freeze(start) if shared else row.base
    before, after = (Tally(tally.rules, tally.tenant) for _ in range(2))
    before.facts, after.facts = both.facts[:], both.facts[:]
    _finish(start, old, shared, max(row.last[0], fired_at), before)
    row.state = _finish(thaw(base), entries, shared, max(last.at, fired_at, now_ms), after)
    row.log = b"".join(map(log.pack, entries))
    row.count = len(entries)
    row.last = last.order
    row.has_failures = row.has_failures or entry.type == MESSAGE_FAILED
    tally.ledger.merge(after.ledger)
    tally.ledger.merge(before.ledger, sign=-1)
    _correct(row, before.facts, after.facts, tally)


def _correct(row: TicketRow, before: list[SlaFact], after: list[SlaFact], tally: Tally) -> None:
    """Say what only the new fold says, and take back the breaches that no longer stand; one that stands again is said again."""
    said = set(before)
    new = [fact for fact in after if fact not in said]
    tally.facts += new
    missing = _standing(after)
    missing.subtract(_standing(before))
    missing.subtract(_standing(new))
    for fact in before:
        if fact.type is SlaEventType.BREACHED and missing[_place(fact)]:
            row.retractions += 1
            again = missing[_place(fact)] > 0
            missing[_place(fact)] += -1 if again else 1
            tally.facts.append(fact if again else _retraction(fact))


def _place(fact: SlaFact) -> tuple[int, int, int]:
    return (fact.measure, fact.instance, fact.at)


def _standing(facts: list[SlaFact]) -> Counter[tuple[int, int, int]]:
    """Count the breaches that facts leave standing."""
    standing: Counter[tuple[int, int, int]] = Counter()
    for fact in facts:
        if fact.type is SlaEventType.BREACHED:
            standing[_place(fact)] += 1
        elif fact.type is SlaEventType.BREACH_RETRACTED:
            standing[_place(fact)] -= 1
    return standing


def _finish(state: State, entries: list[Entry], shared: int, until_ms: int, tally: Tally) -> State:
    foresee(state, entries)
    go_on(state, entries[shared:], failures(entries), tally)
    expire(state, until_ms, tally)
    return state


def _retraction(fact: SlaFact) -> SlaFact:
    return fact._replace(type=SlaEventType.BREACH_RETRACTED, cause="late_proof")


def _order(entry: Entry) -> log.Order:
    return entry.order


def _freeze(row: TicketRow, rules: Rules, tenant: str) -> None:
    entries = log.unpack(row.log, row.count)
    frozen, kept = entries[: LOG_LIMIT // 2], entries[LOG_LIMIT // 2 :]
    silent = Tally(rules, tenant)
    row.base = freeze(fold(thaw(row.base), frozen, 0, silent))
    row.frozen_to = frozen[-1].order
    row.frozen_ids = (row.frozen_ids + b"".join(entry.hash for entry in frozen))[-FROZEN_IDS * 8 :]
    row.log = b"".join(map(log.pack, kept))
    row.count = len(kept)
    row.has_failures = any(entry.type == MESSAGE_FAILED for entry in kept)
