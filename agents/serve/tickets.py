"""Answers about tickets and alerts, and about this server itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from agents.serve.access import Caller
from agents.serve.answers import AlertAnswer, AlertsAnswer, DefinitionsAnswer, DueClock, DuePage, HealthAnswer, TicketAnswer
from agents.serve.problems import ProblemKind, refusal
from agents.serve.queries import AlertPath, AlertsQuery, DueQuery, Nothing, TicketPath, cursor_of, place_of
from agents.serve.site import Site
from pipeline.catalogue import DEFINITIONS
from pipeline.identity import ticket_key
from pipeline.signals import Alert, TicketClocks
from pipeline.view.breaches import Due
from pipeline.view.state import tenant_of


def list_due(site: Site, caller: Caller, _path: Nothing, query: DueQuery) -> DuePage:
    """Return a page of SLA clocks by deadline."""
    after = None if query.cursor is None else place_of(query.cursor, Due)
    order = site.view.breaches.upcoming(query.phase, caller.narrowed(query.tenant), query.queue, after)
    dues = list(islice((due for due in order if query.measure in (None, due.measure)), query.limit + 1))
    following = cursor_of(*dues[query.limit - 1]) if len(dues) > query.limit else None
    return DuePage(items=tuple(_clocks(site, dues[: query.limit])), next=following)


def list_alerts(site: Site, caller: Caller, _path: Nothing, query: AlertsQuery) -> AlertsAnswer:
    """Return alerts."""
    tenants = caller.narrowed(query.tenant)
    found = (
        alert
        for alert in site.view.alerts()
        if (tenants is None or alert.tenant in tenants) and query.state in (None, alert.state)
    )
    return AlertsAnswer(items=tuple(with_acts(site, alert) for alert in islice(found, query.limit)))


def one_alert(site: Site, caller: Caller, path: AlertPath, _query: Nothing) -> AlertAnswer:
    """Return one alert."""
    return with_acts(site, alert_of(site, caller, path.id))


def alert_of(site: Site, caller: Caller, identity: str) -> Alert:
    """Return the alert of an id.

    Raises:
        Refused: 404, there is none that this caller sees.

    """
    alert = site.view.alert(identity)
    if alert is None or not caller.sees(alert.tenant):
        raise refusal(ProblemKind.NOT_FOUND, "There is no such alert.", "/api/v1/alerts lists those that are kept")
    return alert


def with_acts(site: Site, alert: Alert) -> AlertAnswer:
    """Return an alert with what people did about it."""
    return AlertAnswer(alert=alert, acts=site.view.acts(alert.id))


def definitions(_site: Site, _caller: Caller, _path: Nothing, _query: Nothing) -> DefinitionsAnswer:
    """Return the catalogue of measures."""
    return DefinitionsAnswer(items=tuple(DEFINITIONS.values()))


def one_ticket(site: Site, caller: Caller, path: TicketPath, _query: Nothing) -> TicketAnswer:
    """Return how one ticket stands."""
    caller.narrowed(path.tenant)
    ticket = site.view.ticket(ticket_key(path.tenant, path.ticket_id))
    if ticket is None:
        how = "check its id; a solved ticket is forgotten when it has been quiet for [domain] reopen_horizon"
        raise refusal(ProblemKind.NOT_FOUND, "There is no such ticket.", how)
    return _explained(ticket)


def health(site: Site, caller: Caller, _path: Nothing, _query: Nothing) -> HealthAnswer:
    """Return how far this server can be trusted."""
    view, reading, clock_ms = site.view, site.reading, site.clock.now_ms()
    keys = [key for key in view.segments(0) + view.segments(1) if caller.sees(tenant_of(key))]
    whole = caller.tenants is None
    stale = sum(1 for key in keys if (level := view.level(key)) is not None and view.stale(level, clock_ms))
    connected = reading.connected(clock_ms)
    reasons = [
        reason
        for wrong, reason in (
            (not connected, "the broker does not answer"),
            (not reading.caught_up, "the topics are still being read"),
            (reading.caught_up and not keys, "no service levels have been said yet: is a worker running?"),
            (stale > 0, f"{stale} of {len(keys)} segments are stale: is the worker running?"),
        )
        if wrong
    ]
    return HealthAnswer(
        ok=not reasons,
        reason="; ".join(reasons) or "every number is fresh",
        version=site.version,
        time=view.time.value,
        now=site.now(),
        as_of=view.as_of,
        caught_up=reading.caught_up,
        connected=connected,
        segments=len(keys),
        stale_segments=stale,
        tickets=view.count_tickets() if whole else None,
        streams=site.streams if whole else None,
    )


def _clocks(site: Site, dues: list[Due]) -> Iterator[DueClock]:
    for due in dues:
        ticket = site.view.ticket(ticket_key(due.tenant, due.ticket_id))
        if ticket is None:
            continue
        for clock in ticket.clocks:
            if (clock.measure, clock.instance, clock.due_at) == (due.measure, due.instance, due.due_at):
                yield DueClock(
                    tenant=due.tenant,
                    ticket_id=due.ticket_id,
                    queue=ticket.queue,
                    channel=ticket.channel,
                    priority=ticket.priority,
                    measure=due.measure,
                    instance=due.instance,
                    policy=clock.policy,
                    state=clock.state,
                    target_ms=clock.target_ms,
                    started_at=clock.started_at,
                    due_at=due.due_at,
                    waiting_since=ticket.waiting_since,
                )


def _explained(ticket: TicketClocks) -> TicketAnswer:
    return TicketAnswer(
        tenant=ticket.tenant,
        ticket_id=ticket.ticket_id,
        as_of=ticket.as_of,
        status=ticket.status,
        priority=ticket.priority,
        queue=ticket.queue,
        channel=ticket.channel,
        team=ticket.team,
        assigned=bool(ticket.assignee),
        created_at=ticket.created_at or None,
        waiting_since=ticket.waiting_since,
        first_reply_ms=ticket.first_reply_ms,
        first_resolution_ms=ticket.first_resolution_ms,
        full_resolution_ms=ticket.full_resolution_ms,
        replies=ticket.replies,
        reopened=ticket.reopened,
        clocks=ticket.clocks,
    )
