"""Alerts of both sides that are about the same thing: same place, same severity, at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.backtest.form import Episode, Firing, Span, Verdict
from pipeline.backtest.labelling import Labelling

Place = tuple[str, tuple[tuple[str, str], ...]]
_WORST = (Verdict.FALSE_ALARM, Verdict.UNLABELLED, Verdict.INCIDENT)
"""What an episode is called: an incident if any of its alerts overlaps one, a false alarm if all are."""


def place_of(firing: Firing) -> Place:
    """Return tenant and queue of an alert; of one that is not about a queue, its whole segment."""
    queue = firing.segment.get("queue")
    return firing.tenant, tuple(firing.segment.items()) if queue is None else (("queue", queue),)


def episodes(present: Sequence[Firing], proposed: Sequence[Firing], labelling: Labelling) -> tuple[Episode, ...]:
    """Return the episodes in the order in which they began."""
    groups: dict[tuple[Place, str], list[tuple[Firing, bool]]] = {}
    for side, firings in ((False, present), (True, proposed)):
        for one in firings:
            groups.setdefault((place_of(one), one.severity), []).append((one, side))
    found = []
    for ((tenant, segment), severity), members in groups.items():
        for cluster in _clusters(members):
            old, new = (_span([one for one, at in cluster if at is side]) for side in (False, True))
            found.append(
                Episode(
                    tenant=tenant,
                    segment=dict(segment),
                    severity=severity,
                    verdict=max((labelling.verdict(one) for one, _ in cluster), key=_WORST.index),
                    present=old,
                    proposed=new,
                    earlier_ms=old.raised_at - new.raised_at if old and new else None,
                )
            )
    return tuple(sorted(found, key=lambda one: (_begin(one), one.tenant, sorted(one.segment.items()), one.severity)))


def _clusters(members: Iterable[tuple[Firing, bool]]) -> Iterator[list[tuple[Firing, bool]]]:
    """Yield what hangs together by overlapping."""
    cluster: list[tuple[Firing, bool]] = []
    end: int | None = 0
    for one, side in sorted(members, key=lambda member: (member[0].raised_at, member[0].id, member[1])):
        if cluster and end is not None and one.raised_at >= end:
            yield cluster
            cluster, end = [], 0
        cluster.append((one, side))
        end = None if end is None or one.resolved_at is None else max(end, one.resolved_at)
    if cluster:
        yield cluster


def _span(firings: Sequence[Firing]) -> Span | None:
    if not firings:
        return None
    ends = [one.resolved_at for one in firings]
    known = [end for end in ends if end is not None]
    return Span(
        raised_at=firings[0].raised_at,
        resolved_at=max(known) if len(known) == len(ends) else None,
        rules=tuple(dict.fromkeys(one.rule for one in firings)),
        alerts=len(firings),
        summary=firings[0].summary,
    )


def _begin(episode: Episode) -> int:
    return min(span.raised_at for span in (episode.present, episode.proposed) if span is not None)
