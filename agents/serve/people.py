"""Answers about responders: who of a queue is there as counts, and by id for those whose token opens that."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from agents.serve.access import Caller
from agents.serve.answers import CrewAnswer, ResponderRow, RespondersPage
from agents.serve.problems import ProblemKind, refusal
from agents.serve.queries import Nothing, RespondersQuery, SignalPath, cursor_of, place_of
from agents.serve.site import Site
from pipeline.engine import TimeMode
from pipeline.responders.signals import ResponderState
from pipeline.routing.deadlines import Queue
from pipeline.view.state import key_of
from pipeline.windows.segments import escaped


def one_crew(site: Site, caller: Caller, path: SignalPath, _query: Nothing) -> CrewAnswer:
    """Return who of a queue is there, nobody by name."""
    caller.narrowed(path.tenant)
    queue, roster, clock_ms = Queue(path.tenant, path.queue), site.routing.roster, site.clock.now_ms()
    board, level = roster.board(path.tenant), site.view.level(key_of(path.tenant, f"queue={escaped(path.queue)}"))
    if level is None and next(roster.people(queue), None) is None:
        how = "/api/v1/service-levels?shape=queue lists those that exist"
        raise refusal(ProblemKind.NOT_FOUND, "There is no such queue.", how)
    told = roster.told(path.tenant, clock_ms)
    stale = level is not None and site.view.stale(level, clock_ms)
    return CrewAnswer(
        tenant=path.tenant,
        queue=path.queue,
        told=told,
        as_of=None if board is None else board.as_of,
        heard_at=None if board is None else board.heard_at,
        people=roster.count(queue) if told else None,
        stale=stale,
        staffing=None if level is None or stale else level.staffing,
    )


def list_responders(site: Site, caller: Caller, _path: Nothing, query: RespondersQuery) -> RespondersPage:
    """Return a page of responders."""
    tenants, clock_ms = caller.narrowed(query.tenant), site.clock.now_ms()
    after = None if query.cursor is None else place_of(query.cursor, tuple[str, str])
    people = (
        one
        for one in _people(site, query.queue)
        if (tenants is None or one.tenant in tenants) and (after is None or (one.tenant, one.responder_id) > after)
    )
    found = list(islice(people, query.limit + 1))
    items = found[: query.limit]
    following = cursor_of(items[-1].tenant, items[-1].responder_id) if len(found) > len(items) else None
    live = site.view.time is TimeMode.LIVE
    return RespondersPage(items=tuple(_row(one, stale=live and clock_ms >= one.expires_at) for one in items), next=following)


def _people(site: Site, queue: str | None) -> Iterator[ResponderState]:
    roster = site.routing.roster
    if queue is None:
        return roster.people(None)
    every = (roster.people(Queue(tenant, queue)) for tenant in roster.tenants())
    return merge(*every, key=lambda one: (one.tenant, one.responder_id))


def _row(one: ResponderState, *, stale: bool) -> ResponderRow:
    return ResponderRow(
        tenant=one.tenant,
        responder_id=one.responder_id,
        as_of=one.as_of,
        stale=stale,
        state=None if stale else one.state,
        since=None if stale else one.since,
        team=one.team,
        queues=one.queues,
        channels=one.channels,
        skills=one.skills,
        capacity=one.capacity,
        load=one.load,
        free=0 if stale else one.free,
        activity=one.activity,
        activity_until=one.activity_until,
    )
