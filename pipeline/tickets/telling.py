"""What a ticket partition says to other topics: additions, SLA events, ticket clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from pipeline.additions import SCHEMA, Additions, LeafAdditions
from pipeline.engine import Emit, Topic
from pipeline.signals import ClockState, SlaEvent, TicketClocks
from pipeline.tickets.entry import CHANNELS, PRIORITIES, STATUSES
from pipeline.tickets.row import TicketRow
from pipeline.tickets.rules import Rules
from pipeline.tickets.state import SLA_MEASURES, SlaClock
from pipeline.tickets.tally import SlaFact

ADDITIONS_PER_RECORD = 4_000
"""Amounts that one record of additions may carry, so that it stays well below a broker's limit of 1 MB."""
_PPM = 1_000_000

_json = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode


def additions(tenant: str, source: int, sequence: int, tick: int, leaves: Iterable[LeafAdditions], passed: int = 0) -> Emit:
    """Make one record of additions, keyed by tenant."""
    value = Additions(SCHEMA, tenant, source, sequence, tick, list(leaves), passed)
    return Emit(Topic.PANES, tenant.encode(), _pack(value))


def marker(partition: int, source: int, sequence: int, passed: int) -> Emit:
    """Make the record that tells one partition of `panes` how far this source has come."""
    return Emit(Topic.PANES, None, _pack(Additions(SCHEMA, "", source, sequence, 0, [], passed)), partition)


def portions(leaves: Iterable[LeafAdditions]) -> Iterator[list[LeafAdditions]]:
    """Cut additions into lists of bounded size."""
    portion: list[LeafAdditions] = []
    size = 0
    for leaf in leaves:
        for part in _cut(leaf):
            weight = sum(map(len, part.minutes.values())) + sum(map(len, part.work.values()))
            if portion and size + weight > ADDITIONS_PER_RECORD:
                yield portion
                portion, size = [], 0
            portion.append(part)
            size += weight
    if portion:
        yield portion


def _cut(leaf: LeafAdditions) -> Iterator[LeafAdditions]:
    pairs = [(0, slot, code, n) for slot, cell in leaf.minutes.items() for code, n in cell.items()]
    pairs += [(1, slot, code, n) for slot, cell in leaf.work.items() for code, n in cell.items()]
    if len(pairs) <= ADDITIONS_PER_RECORD:
        yield leaf
        return
    for begin in range(0, len(pairs), ADDITIONS_PER_RECORD):
        tables: tuple[dict[int, dict[int, int]], dict[int, dict[int, int]]] = ({}, {})
        for table, slot, code, n in pairs[begin : begin + ADDITIONS_PER_RECORD]:
            tables[table].setdefault(slot, {})[code] = n
        yield LeafAdditions(leaf.leaf, *tables)


def sla_event(key: bytes, tenant: str, row: TicketRow, fact: SlaFact, now_ms: int, rules: Rules) -> Emit:
    """Make the record of one fact about a clock."""
    promise = rules.promises[fact.promise]
    measure = SLA_MEASURES[fact.measure]
    ticket_id = key.decode()[len(tenant) + 1 :]
    verb = fact.type.rpartition(".")[2]
    suffix = f":{row.retractions}" if row.retractions else ""
    event = SlaEvent(
        id=f"{tenant}:{ticket_id}:{measure}:{fact.instance}:{verb}:{fact.at}{suffix}",
        type=fact.type,
        tenant=tenant,
        ticket_id=ticket_id,
        measure=measure,
        instance=fact.instance,
        policy=promise.policy,
        policy_version=promise.policy_version,
        priority=promise.priority,
        target_ms=promise.limit_ms,
        started_at=fact.started_at,
        due_at=fact.due_at,
        occurred_at=fact.at,
        detected_at=now_ms,
        queue=fact.queue,
        channel=fact.channel,
        team=fact.team,
        share=fact.share_ppm / _PPM,
        cause=fact.cause,
    )
    return Emit(Topic.SLA_EVENTS, key, _json(event))


def ticket_clocks(key: bytes, tenant: str, row: TicketRow, rules: Rules) -> Emit:
    """Make the compacted record of a ticket's clocks."""
    state = row.state
    priority = rules.default_priority if state.priority is None else state.priority
    value = TicketClocks(
        tenant=tenant,
        ticket_id=key.decode()[len(tenant) + 1 :],
        as_of=row.changed_at,
        status="gone" if state.gone else STATUSES[state.status].value,
        priority=PRIORITIES[priority].value,
        queue=state.queue,
        channel="" if state.channel is None else CHANNELS[state.channel].value,
        team=state.team,
        assignee=state.assignee,
        created_at=state.created_at or 0,
        waiting_since=None if state.gone else state.waiting_since,
        first_reply_ms=state.first_reply_ms,
        first_resolution_ms=state.first_resolution_ms,
        full_resolution_ms=state.full_resolution_ms,
        replies=state.replies,
        reopened=state.reopened,
        clocks=tuple(_clock_state(clock, rules) for clock in state.clocks if clock.promise),
    )
    return Emit(Topic.CLOCKS, key, _json(value))


def _clock_state(clock: SlaClock, rules: Rules) -> ClockState:
    promise = rules.promises[clock.promise]
    state = "breached" if clock.breached else "paused" if clock.running_since is None else "running"
    return ClockState(
        measure=SLA_MEASURES[clock.measure],
        instance=clock.instance,
        state=state,
        policy=promise.policy,
        target_ms=promise.limit_ms,
        started_at=clock.started_at,
        due_at=clock.due_at,
        at_risk_at=clock.step_at,
    )
