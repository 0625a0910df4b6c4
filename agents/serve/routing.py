"""Answers for routers: the routing signals, the same content as in Redis."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from agents.serve.access import Caller
from agents.serve.answers import RoutingSignalsPage
from agents.serve.problems import ProblemKind, refusal
from agents.serve.queries import Nothing, SignalPath, SignalsQuery, cursor_of, place_of
from agents.serve.site import Site
from pipeline.routing.deadlines import Queue
from pipeline.routing.signal import RoutingSignal


def list_signals(site: Site, caller: Caller, _path: Nothing, query: SignalsQuery) -> RoutingSignalsPage:
    """Return a page of the signals that hold now."""
    tenants = caller.narrowed(query.tenant)
    after = None if query.cursor is None else place_of(query.cursor, Queue)
    queues = (
        queue
        for queue in sorted(site.routing.queues())
        if (tenants is None or queue.tenant in tenants) and query.queue in (None, queue.name) and (after is None or queue > after)
    )
    found = list(islice(_holding(site, queues), query.limit + 1))
    items = found[: query.limit]
    following = cursor_of(items[-1].tenant, items[-1].queue) if len(found) > len(items) else None
    return RoutingSignalsPage(items=tuple(items), next=following)


def one_signal(site: Site, caller: Caller, path: SignalPath, _query: Nothing) -> RoutingSignal:
    """Return the signal of one queue."""
    caller.narrowed(path.tenant)
    for signal in _holding(site, iter((Queue(path.tenant, path.queue),))):
        return signal
    how = "treat the queue as unknown and follow your static rules; /api/v1/routing-signals lists those that are known"
    raise refusal(ProblemKind.NOT_FOUND, "Nothing that holds now is known of this queue.", how)


def _holding(site: Site, queues: Iterator[Queue]) -> Iterator[RoutingSignal]:
    clock_ms = site.clock.now_ms()
    for queue in queues:
        signal = site.routing.signal(queue)
        if signal is not None and signal.expires_at > clock_ms:
            yield signal
