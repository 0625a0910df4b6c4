"""Answers about segments: service levels, windows, open work, history, expected wait."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from agents.serve.access import Caller
from agents.serve.answers import (
    HistoryAnswer,
    HistoryPoint,
    LevelsPage,
    SegmentLevels,
    SegmentWork,
    WaitAnswer,
    WindowAnswer,
    WorkPage,
)
from agents.serve.problems import ProblemKind, refusal
from agents.serve.queries import LevelsQuery, Nothing, SegmentPath, WindowPath, cursor_of, place_of
from agents.serve.site import Site
from pipeline.signals import ServiceLevel
from pipeline.view.history import MINUTES
from pipeline.view.state import EVERYTHING, key_of, name_of, order_of, tenant_of


def list_levels(site: Site, caller: Caller, _path: Nothing, query: LevelsQuery) -> LevelsPage:
    """Return a page of service levels."""
    keys, following = _page(site, caller, query)
    return LevelsPage(items=tuple(_levels(site, key, level) for key, level in keys), next=following)


def one_level(site: Site, caller: Caller, path: SegmentPath, _query: Nothing) -> SegmentLevels:
    """Return the service levels of one segment."""
    key, level = _segment(site, caller, path.tenant, path.name)
    return _levels(site, key, level)


def one_window(site: Site, caller: Caller, path: WindowPath, _query: Nothing) -> WindowAnswer:
    """Return one window of one segment."""
    key, level = _segment(site, caller, path.tenant, path.name)
    if (found := level.windows.get(path.window)) is None:
        known = ", ".join(level.windows) or "none"
        raise refusal(ProblemKind.NOT_FOUND, "There is no such window.", f"windows are: {known}; [domain] windows says which")
    return WindowAnswer(
        tenant=level.tenant,
        name=name_of(key),
        as_of=level.as_of,
        stale=_stale(site, level),
        window=path.window,
        levels=found,
    )


def list_work(site: Site, caller: Caller, _path: Nothing, query: LevelsQuery) -> WorkPage:
    """Return a page of open work."""
    keys, following = _page(site, caller, query)
    items = (
        SegmentWork(
            tenant=level.tenant,
            name=name_of(key),
            segment=level.segment,
            as_of=level.as_of,
            stale=_stale(site, level),
            work=level.work,
        )
        for key, level in keys
    )
    return WorkPage(items=tuple(items), next=following)


def one_history(site: Site, caller: Caller, path: SegmentPath, _query: Nothing) -> HistoryAnswer:
    """Return the last hours of one segment."""
    key, level = _segment(site, caller, path.tenant, path.name)
    points = (
        HistoryPoint(at=point.at, first_reply_ms=point.first_reply_ms, usual_ms=point.usual_ms, waiting=point.waiting)
        for point in site.view.history(key).within(MINUTES)
    )
    return HistoryAnswer(tenant=level.tenant, name=name_of(key), points=tuple(points))


def one_wait(site: Site, caller: Caller, path: SegmentPath, _query: Nothing) -> WaitAnswer:
    """Return the expected wait of one segment; of a stale one nothing is known."""
    key, level = _segment(site, caller, path.tenant, path.name)
    stale = _stale(site, level)
    return WaitAnswer(
        tenant=level.tenant,
        name=name_of(key),
        as_of=level.as_of,
        expires_at=level.expires_at,
        stale=stale,
        wait=None if stale else level.expected_wait,
    )


def _page(site: Site, caller: Caller, query: LevelsQuery) -> tuple[list[tuple[bytes, ServiceLevel]], str | None]:
    tenants = caller.narrowed(query.tenant)
    after: str = "" if query.cursor is None else place_of(query.cursor, tuple[str])[0]
    keys = list(islice(_matching(site, tenants, query, after), query.limit + 1))
    following = cursor_of(keys[query.limit - 1].decode()) if len(keys) > query.limit else None
    found = ((key, site.view.level(key)) for key in keys[: query.limit])
    return [(key, level) for key, level in found if level is not None], following


def _matching(site: Site, tenants: frozenset[str] | None, query: LevelsQuery, after: str) -> Iterator[bytes]:
    shape = None if query.shape is None else () if query.shape == EVERYTHING else tuple(query.shape.split(","))
    within = frozenset((query.within or "").split(",")) - {"", EVERYTHING}
    behind = order_of(after.encode()) if after else None
    for key in site.view.segments(None if shape is None else len(shape)):
        parts = [] if name_of(key) == EVERYTHING else name_of(key).split(",")
        if (
            (tenants is None or tenant_of(key) in tenants)
            and (shape is None or shape == tuple(part.partition("=")[0] for part in parts))
            and within.issubset(parts)
            and (behind is None or order_of(key) > behind)
        ):
            yield key


def _segment(site: Site, caller: Caller, tenant: str, name: str) -> tuple[bytes, ServiceLevel]:
    caller.narrowed(tenant)
    key = key_of(tenant, name)
    if (level := site.view.level(key)) is None:
        how = "names are like queue=billing, in the order of [domain] segments; /api/v1/service-levels lists those that exist"
        raise refusal(ProblemKind.NOT_FOUND, "There is no such segment.", how)
    return key, level


def _levels(site: Site, key: bytes, level: ServiceLevel) -> SegmentLevels:
    return SegmentLevels(name=name_of(key), stale=_stale(site, level), level=level)


def _stale(site: Site, level: ServiceLevel) -> bool:
    return site.view.stale(level, site.clock.now_ms())
