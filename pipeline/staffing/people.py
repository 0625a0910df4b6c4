"""Responders, from the events of a log: who is planned when, and how long they were at work on contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.responders.events import ResponderEvent, ResponderEventType
from pipeline.responders.identity import event_digest
from pipeline.responders.life import BUSY, WORK, Entry, Life, Shift, Stretch, activity_at, entry_of, fold, spent
from pipeline.windows.slots import HOUR, MINUTE_MS, Slots

_NOBODY = frozenset({ResponderEventType.CLOCK_PASSED, ResponderEventType.WORK_ITEM_CHANGED})


class People:
    """The responders of a log, in whatever order their events came."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._entries: dict[tuple[str, str], dict[bytes, Entry]] = {}

    def add(self, event: ResponderEvent) -> None:
        """Take an event; equal ids are the same event."""
        if event.type not in _NOBODY:
            entry = entry_of(event, event_digest(event))
            self._entries.setdefault((event.tenant, event.responder_id), {}).setdefault(entry.hash, entry)

    def rota(self, tenant: str, queues: Sequence[str], slots: Slots, since: int, until: int) -> dict[str, Counter[int]]:
        """Return the time, ms, planned for work in `[since, until)`, minutes, by queue and hour, less the breaks in it.

        Whoever serves several queues counts with an equal part in each; who names none, in all of `queues`.
        """
        planned: dict[str, Counter[int]] = {}
        for life, _ in self._lives(tenant):
            for begin_ms, end_ms, named in _working(life, since * MINUTE_MS, until * MINUTE_MS):
                mine = [name for name in named if name in queues] if named else queues
                for hour, length_ms in _by_hour(slots, begin_ms, end_ms):
                    for name in mine:
                        planned.setdefault(name, Counter())[hour] += length_ms // len(named or queues)
        return planned

    def busy_ms(self, tenant: str, queue: str, window_ms: tuple[int, int], stale_after_ms: int) -> int:
        """Return how long the queue's responders were busy with contacts; whoever serves several, with an equal part."""
        total = 0
        for life, stretches in self._lives(tenant):
            if queue in life.queues:
                total += spent(stretches, (), window_ms, stale_after_ms, {}).by_presence[BUSY] // len(life.queues)
        return total

    def _lives(self, tenant: str) -> Iterator[tuple[Life, list[Stretch]]]:
        for (owner, _), known in sorted(self._entries.items()):
            if owner == tenant:
                yield fold(Life(), 0, sorted(known.values(), key=_order))


def _order(entry: Entry) -> tuple[int, int, bytes]:
    return entry.order


def _working(life: Life, since_ms: int, until_ms: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield the stretches of planned work inside a window, with the queues they are for."""
    shifts = [] if life.gone else [one for one in life.shifts.values() if one.ends_at > since_ms and one.starts_at < until_ms]
    edges = sorted({since_ms, until_ms, *(edge for one in shifts for edge in (one.starts_at, one.ends_at))})
    for begin_ms, end_ms in pairwise(edge for edge in edges if since_ms <= edge <= until_ms):
        there = [shift for shift in shifts if _covers(shift, begin_ms)]
        if activity_at(there, begin_ms) == WORK:
            yield begin_ms, end_ms, next((shift.queues for shift in there if shift.queues), life.queues)


def _covers(shift: Shift, at_ms: int) -> bool:
    return shift.starts_at <= at_ms < shift.ends_at


def _by_hour(slots: Slots, begin_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Yield the hours that a stretch touches, with how much of each, ms."""
    while begin_ms < end_ms:
        hour = slots.hour(begin_ms // MINUTE_MS)
        edge_ms = min(end_ms, (hour + HOUR) * MINUTE_MS)
        yield hour, edge_ms - begin_ms
        begin_ms = edge_ms
