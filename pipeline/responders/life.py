"""What the events of one responder come to: presence now, rota, skills, and how time was spent.

A responder's events are folded in the order (occurred_at, sequence, hash), whatever the order of their arrival. Fields stand in
the order of the row format: append with a default, never reorder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import msgspec

from pipeline.responders.events import Activity, Presence, ResponderEvent, ResponderEventType

PRESENCES = tuple(Presence)
ACTIVITIES = tuple(Activity)
TYPES = tuple(ResponderEventType)
AVAILABLE, BUSY, AWAY, OFFLINE = range(4)
WORK = ACTIVITIES.index(Activity.WORK)
_PPM = 1_000_000
_TYPE = {value: index for index, value in enumerate(TYPES)}
_PRESENCE_CHANGED, _CAPACITY, _SKILLS, _SHIFT, _CANCELLED, _REMOVED = range(6)

Order: TypeAlias = tuple[int, int, bytes]


class Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the fold needs of one event."""

    at: int
    sequence: int
    hash: bytes
    type: int
    presence: int | None = None
    channel: str = ""
    capacity: int | None = None
    team: str | None = None
    skills: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    queues: tuple[str, ...] | None = None
    shift: str = ""
    starts_at: int = 0
    ends_at: int = 0
    activity: int = WORK

    @property
    def order(self) -> Order:
        """Return what the fold sorts by."""
        return self.at, self.sequence, self.hash


def entry_of(event: ResponderEvent, digest: bytes) -> Entry:
    """Return the entry of an event that is about a responder."""
    return Entry(
        event.occurred_at,
        event.sequence,
        digest,
        _TYPE[event.type],
        None if event.state is None else PRESENCES.index(event.state),
        "" if event.channel is None else event.channel.value,
        event.capacity,
        event.team,
        event.skills,
        None if event.channels is None else tuple(channel.value for channel in event.channels),
        event.queues,
        event.shift_id or "",
        event.starts_at or 0,
        event.ends_at or 0,
        WORK if event.activity is None else ACTIVITIES.index(event.activity),
    )


class Shift(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A stretch of the rota."""

    starts_at: int
    ends_at: int
    activity: int
    queues: tuple[str, ...] = ()


class Life(msgspec.Struct, array_like=True):
    """A responder after some events."""

    presence: int | None = None
    """Of all channels; `None`: never told."""
    since: int = 0
    """Since when `overall` holds."""
    by_channel: dict[str, int] = {}
    """Channels whose presence was told since that of all."""
    capacity: int | None = None
    capacity_by_channel: dict[str, int] = {}
    team: str = ""
    skills: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    shifts: dict[str, Shift] = {}
    gone: bool = False
    told_at: int = 0
    """When a presence was last told, be it the same."""

    @property
    def overall(self) -> int | None:
        """Return the presence: the most available of the channels', where any has its own."""
        known = [*self.by_channel.values(), *([] if self.presence is None else [self.presence])]
        return min(known, default=None)

    def advance(self, entry: Entry) -> None:
        """Apply the next event in order."""
        before = self.overall
        self.gone = entry.type == _REMOVED
        match entry.type:
            case 0 if entry.presence is not None:
                self._be(entry, entry.presence)
            case 3:
                self.shifts[entry.shift] = Shift(entry.starts_at, entry.ends_at, entry.activity, entry.queues or ())
            case 4:
                self.shifts.pop(entry.shift, None)
            case 5:
                self.presence, self.by_channel, self.told_at = OFFLINE, {}, entry.at
        if entry.type in (_PRESENCE_CHANGED, _CAPACITY) and entry.capacity is not None:
            self._hold(entry.channel, entry.capacity)
        if entry.type in (_PRESENCE_CHANGED, _SKILLS):
            self._learn(entry)
        if self.overall != before:
            self.since = entry.at

    def _be(self, entry: Entry, presence: int) -> None:
        self.told_at = entry.at
        if entry.channel:
            self.by_channel[entry.channel] = presence
        else:
            self.presence = presence
            self.by_channel = {}

    def _hold(self, channel: str, capacity: int) -> None:
        if channel:
            self.capacity_by_channel[channel] = capacity
        else:
            self.capacity = capacity

    def _learn(self, entry: Entry) -> None:
        self.team = self.team if entry.team is None else entry.team
        self.skills = self.skills if entry.skills is None else tuple(sorted(set(entry.skills)))
        self.channels = self.channels if entry.channels is None else tuple(sorted(set(entry.channels)))
        self.queues = self.queues if entry.queues is None else tuple(sorted(set(entry.queues)))


class Stretch(NamedTuple):
    """A presence from one time on."""

    at: int
    presence: int | None
    told_at: int
    """When it was told; it grows stale."""


class Spent(NamedTuple):
    """How a stretch of time was spent, ms."""

    by_presence: tuple[int, int, int, int]
    unknown: int
    planned: int
    judged: int
    """Planned, with a known presence."""
    kept: int


def fold(base: Life, since: int, entries: Iterable[Entry]) -> tuple[Life, list[Stretch]]:
    """Return the life after `entries`, and the stretches of presence since `since`; `base` stays as it is."""
    life = msgspec.convert(msgspec.to_builtins(base), Life)
    stretches = [Stretch(since, life.overall, life.told_at)]
    for entry in entries:
        life.advance(entry)
        if (life.overall, life.told_at) != (stretches[-1].presence, stretches[-1].told_at):
            stretches.append(Stretch(entry.at, life.overall, life.told_at))
    return life, stretches


def spent(
    stretches: Iterable[Stretch],
    shifts: Iterable[Shift],
    window: tuple[int, int],
    stale_after_ms: int,
    expected: Mapping[int, frozenset[int]],
) -> Spent:
    """Return how the time of `window` was spent, slice by slice between the times at which anything changes."""
    since, until = window
    known = _known(list(stretches), stale_after_ms)
    rota = [shift for shift in shifts if shift.ends_at > since and shift.starts_at < until]
    edges = {since, until, *(at for at, _ in known), *(edge for shift in rota for edge in (shift.starts_at, shift.ends_at))}
    cuts = sorted(edge for edge in edges if since <= edge <= until)
    times = [0, 0, 0, 0]
    unknown = planned = judged = kept = place = 0
    presence: int | None = None
    for begin, end in pairwise(cuts):
        while place < len(known) and known[place][0] <= begin:
            presence = known[place][1]
            place += 1
        length = end - begin
        activity = activity_at(rota, begin)
        if presence is None:
            unknown += length
        else:
            times[presence] += length
        if activity is not None:
            planned += length
            judged += 0 if presence is None else length
            kept += length if presence is not None and presence in expected[activity] else 0
    return Spent((times[0], times[1], times[2], times[3]), unknown, planned, judged, kept)


def activity_at(shifts: Iterable[Shift], at_ms: int) -> int | None:
    """Return what the rota plans for a time: a break inside a shift is a break."""
    found = [shift.activity for shift in shifts if shift.starts_at <= at_ms < shift.ends_at]
    return max(found, default=None)


def _known(stretches: list[Stretch], stale_after_ms: int) -> list[tuple[int, int | None]]:
    """Return from when each presence is known, and from when no more; being offline needs no news."""
    found: list[tuple[int, int | None]] = []
    ends = [stretch.at for stretch in stretches[1:]] + [1 << 62]
    for stretch, end in zip(stretches, ends, strict=True):
        found.append((stretch.at, stretch.presence))
        fades_at = max(stretch.at, stretch.told_at + stale_after_ms)
        if stretch.presence not in (None, OFFLINE) and fades_at < end:
            found.append((fades_at, None))
    return found
