"""One responder in state: the base, the events since, and the record that is said of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from pipeline.responders.life import (
    ACTIVITIES,
    AVAILABLE,
    AWAY,
    BUSY,
    OFFLINE,
    PRESENCES,
    WORK,
    Entry,
    Life,
    Order,
    Shift,
    Stretch,
    activity_at,
    fold,
    spent,
)
from pipeline.responders.model import RespondersModel
from pipeline.responders.signals import Earned, ResponderState, Times

_PPM = 1_000_000
_WEEK_DAYS = 7


class Base(msgspec.Struct, array_like=True):
    """What the base row keeps. Append with a default, never reorder."""

    life: Life
    frozen_to: Order = (0, 0, b"")


class Terms(NamedTuple):
    """What everybody is judged by."""

    model: RespondersModel
    zone: ZoneInfo
    epoch: int
    expected: Mapping[int, frozenset[int]]

    @classmethod
    def of(cls, model: RespondersModel, zone: ZoneInfo, epoch: int) -> Terms:
        """Compile a configuration."""
        nothing: tuple[()] = ()
        expected = {
            index: frozenset(PRESENCES.index(state) for state in model.expected.get(activity, nothing))
            for index, activity in enumerate(ACTIVITIES)
        }
        return cls(model, zone, epoch, expected)


class Person:
    """One responder."""

    __slots__ = ("_folded", "base", "entries", "load", "responder_id", "tenant")

    def __init__(self, tenant: str, responder_id: str) -> None:
        """Start unknown."""
        self.tenant = tenant
        self.responder_id = responder_id
        self.base = Base(Life())
        self.entries: list[Entry] = []
        self.load: Counter[str] = Counter()
        """Channel -> open tickets held."""
        self._folded: tuple[Life, list[Stretch]] | None = None

    def knows(self, entry: Entry) -> bool:
        """Return whether an event is kept already."""
        return any(one.hash == entry.hash for one in self.entries)

    def add(self, entry: Entry) -> None:
        """Put an event into its place."""
        insort(self.entries, entry, key=_order)
        self._folded = None

    def freeze(self, before_ms: int) -> list[Entry]:
        """Move events from before a time into the base; return them."""
        place = bisect_left(self.entries, before_ms, key=_at)
        frozen, self.entries = self.entries[:place], self.entries[place:]
        for entry in frozen:
            self.base.life.advance(entry)
            self.base.frozen_to = entry.order
        if frozen:
            shifts = self.base.life.shifts
            self.base.life.shifts = {name: shift for name, shift in shifts.items() if shift.ends_at > before_ms}
            self._folded = None
        return frozen

    @property
    def life(self) -> Life:
        """Return the responder now."""
        return self._fold()[0]

    def presence(self, at_ms: int, model: RespondersModel) -> int | None:
        """Return the presence at a time, ms; `None` where it is unknown or has grown stale."""
        life = self.life
        overall = life.overall
        if overall is None or overall == OFFLINE or at_ms - life.told_at < model.stale_after:
            return overall
        return None

    def capacity(self, model: RespondersModel) -> int:
        """Return how many contacts at a time."""
        life = self.life
        if life.capacity is not None:
            return life.capacity
        return sum(life.capacity_by_channel.values()) if life.capacity_by_channel else model.capacity

    def free(self, at_ms: int, model: RespondersModel) -> int:
        """Return how many contacts can still be taken."""
        if self.presence(at_ms, model) != AVAILABLE:
            return 0
        return max(0, self.capacity(model) - self.load.total())

    def working(self, at_ms: int) -> bool:
        """Return whether the rota plans work for a time, ms."""
        return activity_at(self.life.shifts.values(), at_ms) == WORK

    def record(self, at_ms: int, terms: Terms, earned: Earned | None) -> ResponderState:
        """Return what is said of the responder at a time, ms."""
        life, model = self.life, terms.model
        presence = self.presence(at_ms, model)
        shifts = sorted(life.shifts.values(), key=_starts)
        activity = activity_at(shifts, at_ms)
        return ResponderState(
            tenant=self.tenant,
            responder_id=self.responder_id,
            as_of=at_ms,
            expires_at=at_ms + model.expiry,
            epoch=terms.epoch,
            state=None if presence is None else PRESENCES[presence],
            since=None if presence is None else life.since,
            channel_states={channel: PRESENCES[state] for channel, state in sorted(life.by_channel.items())},
            team=life.team,
            skills=life.skills,
            channels=life.channels,
            queues=life.queues,
            capacity=self.capacity(model),
            load=self.load.total(),
            load_by_channel={channel: count for channel, count in sorted(self.load.items()) if count},
            free=self.free(at_ms, model),
            activity=None if activity is None else ACTIVITIES[activity],
            activity_until=_until(shifts, at_ms, activity),
            next_shift_at=next((shift.starts_at for shift in shifts if shift.starts_at > at_ms and shift.activity == WORK), None),
            today=self._times(at_ms, 1, terms),
            week=self._times(at_ms, _WEEK_DAYS, terms),
            earned=earned,
        )

    def _times(self, at_ms: int, days: int, terms: Terms) -> Times:
        since = _midnight(at_ms, days - 1, terms.zone)
        life, stretches = self._fold()
        found = spent(stretches, life.shifts.values(), (since, at_ms), terms.model.stale_after, terms.expected)
        by = found.by_presence
        working = by[AVAILABLE] + by[BUSY]
        signed_in = working + by[AWAY]
        return Times(
            since=since,
            until=at_ms,
            available_ms=by[AVAILABLE],
            busy_ms=by[BUSY],
            away_ms=by[AWAY],
            offline_ms=by[OFFLINE],
            unknown_ms=found.unknown,
            planned_ms=found.planned,
            kept_ms=found.kept,
            adherence_ppm=found.kept * _PPM // found.judged if found.judged else None,
            availability_ppm=working * _PPM // signed_in if signed_in else None,
            occupancy_ppm=by[BUSY] * _PPM // working if working else None,
        )

    def _fold(self) -> tuple[Life, list[Stretch]]:
        if self._folded is None:
            self._folded = fold(self.base.life, self.base.frozen_to[0], self.entries)
        return self._folded


def _order(entry: Entry) -> Order:
    return entry.order


def _at(entry: Entry) -> int:
    return entry.at


def _starts(shift: Shift) -> tuple[int, int, int]:
    return shift.starts_at, shift.ends_at, shift.activity


def _until(shifts: list[Shift], at_ms: int, activity: int | None) -> int | None:
    """Return when what is planned now gives way to something else."""
    if activity is None:
        return None
    edges = sorted({edge for shift in shifts for edge in (shift.starts_at, shift.ends_at) if edge > at_ms})
    return next((edge for edge in edges if activity_at(shifts, edge) != activity), None)


def _midnight(at_ms: int, days: int, zone: ZoneInfo) -> int:
    """Return the beginning of the day so many days before the one that holds a time, ms."""
    day = datetime.fromtimestamp(at_ms // 1_000, zone).date() - timedelta(days=days)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1_000
