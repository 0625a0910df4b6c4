"""One side of a backtest: the pipeline over the log with one configuration, and what it says of alerts and promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from pipeline.additions import Additions
from pipeline.backtest.form import Firing, Outcomes
from pipeline.backtest.narrowing import narrowed
from pipeline.config import Domain
from pipeline.engine import Emit, Topic
from pipeline.measures import Measure, base
from pipeline.offline import OfflineRun
from pipeline.policy import SlaMeasure
from pipeline.signals import Alert, AlertState, SlaEvent, SlaEventType
from pipeline.windows.slots import MINUTE_MS

_OUTCOMES = {
    base(Measure(f"sla_{measure}_{outcome}")): (measure, outcome == "met")
    for measure in SlaMeasure
    for outcome in ("met", "breached")
}
_CREATED = base(Measure.CREATED)
PromiseKey = tuple[str, str, SlaMeasure]
"""Tenant, queue, measure."""


class Late(NamedTuple):
    """A first reply that broke its promise."""

    tenant: str
    where: dict[str, str]
    started_at: int
    due_at: int


class Trial:
    """Feed it a log, then `close` it."""

    def __init__(self, domain: Domain, since_ms: int = 0, rules: Collection[str] = ()) -> None:
        """Count outcomes from `since_ms` on; of alerts keep those of `rules`, or all."""
        self._queue = domain.dimensions.index("queue") if "queue" in domain.dimensions else None
        self._since = since_ms // MINUTE_MS
        self._rules = frozenset(rules)
        self._run = OfflineRun(narrowed(domain), heard=self._hear, says_levels=False)
        self._firings: dict[str, Firing] = {}
        self._outcomes: dict[PromiseKey, list[int]] = {}
        self._late: dict[tuple[str, str, int], Late] = {}
        self.promises_first_reply = any(
            target.measure is SlaMeasure.FIRST_REPLY for policy in domain.policies for target in policy.targets
        )
        self.tickets = 0
        """Tickets created in the period."""

    def feed(self, records: Iterable[tuple[bytes | None, bytes, int]]) -> None:
        """Append records, (key, value, append time in ms)."""
        self._run.feed(records)

    def close(self, until_ms: int) -> None:
        """Let time reach the end of the period."""
        self._run.close(until_ms)

    @property
    def firings(self) -> list[Firing]:
        """Return the alerts, in the order in which they were raised."""
        return sorted(self._firings.values(), key=lambda one: (one.raised_at, one.id))

    @property
    def late(self) -> dict[tuple[str, str, int], Late]:
        """Return the first replies that broke their promise, by tenant, ticket and instance."""
        return self._late

    @property
    def outcomes(self) -> dict[PromiseKey, Outcomes]:
        """Return what became of promises."""
        return {key: Outcomes(met=met, breached=breached) for key, (met, breached) in sorted(self._outcomes.items())}

    def _hear(self, emit: Emit) -> None:
        if emit.value is None:
            return
        match emit.topic:
            case Topic.ALERTS:
                self._alert(msgspec.json.decode(emit.value, type=Alert))
            case Topic.PANES:
                self._add(msgspec.msgpack.decode(emit.value, type=Additions))
            case Topic.SLA_EVENTS:
                self._sla(msgspec.json.decode(emit.value, type=SlaEvent))
            case _:
                pass

    def _alert(self, alert: Alert) -> None:
        if self._rules and alert.rule not in self._rules:
            return
        known = self._firings.get(alert.id) or Firing(
            id=alert.id,
            rule=alert.rule,
            severity=alert.severity,
            tenant=alert.tenant,
            segment=alert.segment,
            onset_at=alert.onset_at,
            raised_at=alert.raised_at,
            summary=alert.summary,
        )
        over = alert.resolved_at if alert.state is AlertState.RESOLVED else None
        self._firings[alert.id] = replace(known, resolved_at=over)

    def _add(self, additions: Additions) -> None:
        for leaf in additions.leaves:
            queue = "" if self._queue is None else leaf.leaf[self._queue]
            for minute, cell in leaf.minutes.items():
                if minute < self._since:
                    continue
                self.tickets += cell.get(_CREATED, 0)
                for code in cell.keys() & _OUTCOMES.keys():
                    measure, met = _OUTCOMES[code]
                    counts = self._outcomes.setdefault((additions.tenant, queue, measure), [0, 0])
                    counts[0 if met else 1] += cell[code]

    def _sla(self, event: SlaEvent) -> None:
        if event.measure is not SlaMeasure.FIRST_REPLY:
            return
        key = event.tenant, event.ticket_id, event.instance
        if event.type is SlaEventType.BREACHED:
            where = {"queue": event.queue, "channel": event.channel, "team": event.team, "priority": event.priority}
            self._late[key] = Late(event.tenant, where, event.started_at, event.due_at)
        elif event.type is SlaEventType.BREACH_RETRACTED:
            self._late.pop(key, None)
