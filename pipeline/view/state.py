"""The newest record of each key of the compacted topics, of the newest epoch only, and what has changed since one looked."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import unquote

import msgspec

from pipeline.engine import TimeMode, Topic
from pipeline.signals import Alert, AlertAction, AlertState, ServiceLevel, TicketClocks
from pipeline.view.breaches import BreachOrder
from pipeline.view.history import Glance, History
from pipeline.windows.segments import escaped

READ = (Topic.SERVICE_LEVELS, Topic.ALERTS, Topic.ALERT_ACTIONS, Topic.CLOCKS)
"""The topics that a view is made of."""
ACTS_KEPT = 50
"""People's acts kept of one alert, the newest."""
EVERYTHING = "everything"
"""Name of the segment that has no dimension, where names are shown."""


class Taken(StrEnum):
    """What became of a record."""

    APPLIED = "applied"
    OUTDATED = "outdated"
    """Of an epoch that has been replaced."""
    UNREADABLE = "unreadable"
    """No record that firstreply writes."""
    OTHER = "other"
    """Of a topic that a view is not made of."""


class Changes(msgspec.Struct, frozen=True):
    """What has changed since the last look."""

    levels: frozenset[bytes]
    """Keys of segments with at most one dimension, said or taken back."""
    alerts: frozenset[str]
    """Ids."""
    anew: bool
    """Everything was begun anew: what was shown before is void."""

    def __bool__(self) -> bool:
        """Say whether there is anything to tell."""
        return bool(self.levels or self.alerts or self.anew)


class View:
    """Everything that HTTP shows. Records go in one by one; service levels are decoded when somebody looks at them."""

    def __init__(self, window: str, time: TimeMode = TimeMode.LIVE) -> None:
        """Draw histories from `window` where no first reply time with waiting customers is said."""
        self.window = window
        self.time = time
        self.epoch = 0
        self.version = 0
        """Grows with every record that counted."""
        self.as_of = 0
        """Time of the newest service level that has been taken, ms."""
        self.breaches = BreachOrder()
        self._raw: dict[bytes, bytes] = {}
        self._sorted: list[bytes] | None = None
        self._decoded: dict[bytes, ServiceLevel] = {}
        self._histories: dict[bytes, History] = {}
        self._alerts: dict[str, Alert] = {}
        self._acts: dict[str, dict[str, AlertAction]] = {}
        self._tickets: dict[bytes, bytes] = {}
        self._changed_levels: set[bytes] = set()
        self._changed_alerts: set[str] = set()
        self._anew = False
        self._level = msgspec.json.Decoder(ServiceLevel).decode
        self._glance = msgspec.json.Decoder(Glance).decode
        self._alert = msgspec.json.Decoder(Alert).decode
        self._act = msgspec.json.Decoder(AlertAction).decode
        self._clocks = msgspec.json.Decoder(TicketClocks).decode

    def take(self, topic: Topic, key: bytes, value: bytes | None, epoch: int = 0) -> Taken:
        """Take one record; a tombstone takes back what its key said. Never raises for a bad one."""
        if topic not in READ:
            return Taken.OTHER
        if topic is not Topic.ALERT_ACTIONS and epoch < self.epoch:  # people's acts outlive the pipeline's state
            return Taken.OUTDATED
        if epoch > self.epoch:
            self._begin_anew(epoch)
        try:
            match topic:
                case Topic.SERVICE_LEVELS:
                    self._take_level(key, value)
                case Topic.ALERTS:
                    self._take_alert(key.decode(), value)
                case Topic.ALERT_ACTIONS:
                    self._take_act(value)
                case _:
                    self._take_ticket(key, value)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Taken.UNREADABLE
        self.version += 1
        return Taken.APPLIED

    def drain(self) -> Changes:
        """Return what has changed, and begin to note changes again."""
        changes = Changes(frozenset(self._changed_levels), frozenset(self._changed_alerts), self._anew)
        self._changed_levels.clear()
        self._changed_alerts.clear()
        self._anew = False
        return changes

    def now(self, clock_ms: int) -> int:
        """Return the time that numbers are seen at: the clock's, or in history that of the newest number."""
        return clock_ms if self.time is TimeMode.LIVE else self.as_of

    def stale(self, level: ServiceLevel, clock_ms: int) -> bool:
        """Say whether a service level has expired. History does not: it is not said again while nothing changes."""
        return self.time is TimeMode.LIVE and clock_ms > level.expires_at

    def segments(self, dimensions: int | None = None) -> list[bytes]:
        """Return the keys of the service levels with so many dimensions, or all: by tenant, everything first, then by name."""
        if self._sorted is None:
            self._sorted = sorted(self._raw, key=order_of)
        return [key for key in self._sorted if dimensions is None or dimensions_of(key) == dimensions]

    def level(self, key: bytes) -> ServiceLevel | None:
        """Return the newest service level of a key, `tenant|name`."""
        if (decoded := self._decoded.get(key)) is not None:
            return decoded
        if (raw := self._raw.get(key)) is None:
            return None
        decoded = self._decoded[key] = self._level(raw)
        return decoded

    def history(self, key: bytes) -> History:
        """Return the points of a segment with at most one dimension; others have none."""
        return self._histories.get(key) or History()

    def alert(self, identity: str) -> Alert | None:
        """Return one alert."""
        return self._alerts.get(identity)

    def alerts(self) -> list[Alert]:
        """Return the alerts, firing ones first, the newest first among them."""
        return sorted(self._alerts.values(), key=lambda one: (one.state is not AlertState.FIRING, -one.raised_at, one.id))

    def acts(self, identity: str) -> tuple[AlertAction, ...]:
        """Return what people did about an alert, the oldest first."""
        return tuple(self._acts.get(identity, {}).values())

    def ticket(self, key: bytes) -> TicketClocks | None:
        """Return the clocks of a ticket, by `tenant:ticket_id`."""
        raw = self._tickets.get(key)
        return None if raw is None else self._clocks(raw)

    def count_tickets(self) -> int:
        """Return how many tickets are known."""
        return len(self._tickets)

    def _begin_anew(self, epoch: int) -> None:
        self.epoch = epoch
        self.as_of = 0
        self.breaches = BreachOrder()
        self._raw.clear()
        self._sorted = None
        self._decoded.clear()
        self._histories.clear()
        self._tickets.clear()
        self._alerts.clear()
        self._changed_levels.clear()
        self._changed_alerts.clear()
        self._anew = True

    def _take_level(self, key: bytes, value: bytes | None) -> None:
        narrow = dimensions_of(key) <= 1
        if value is None:
            self._raw.pop(key, None)
            self._sorted = None
            self._decoded.pop(key, None)
            self._histories.pop(key, None)
        else:
            glance = self._glance(value)
            self.as_of = max(self.as_of, glance.as_of)
            if narrow:
                self._histories.setdefault(key, History()).add(glance.point(self.window))
            if key not in self._raw:
                self._sorted = None
            self._raw[key] = value
            self._decoded.pop(key, None)
        if narrow:
            self._changed_levels.add(key)

    def _take_alert(self, key: str, value: bytes | None) -> None:
        if value is None:
            self._alerts.pop(key, None)
        else:
            self._alerts[key] = self._alert(value)
        self._changed_alerts.add(key)

    def _take_act(self, value: bytes | None) -> None:
        if value is None:
            return
        act = self._act(value)
        mine = self._acts.setdefault(act.alert_id, {})
        if act.id not in mine:
            mine[act.id] = act
            if len(mine) > ACTS_KEPT:
                del mine[next(iter(mine))]
        self._changed_alerts.add(act.alert_id)

    def _take_ticket(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            self._tickets.pop(key, None)
            self.breaches.put(key, None)
        else:
            self.breaches.put(key, self._clocks(value))
            self._tickets[key] = value


def dimensions_of(key: bytes) -> int:
    """Return how many dimensions the segment of a key has: `=` in values is escaped."""
    return key.partition(b"|")[2].count(b"=")


def tenant_of(key: bytes) -> str:
    """Return the tenant of a service level's key."""
    return unquote(key.partition(b"|")[0].decode(errors="replace"))


def name_of(key: bytes) -> str:
    """Return the segment's name in a key, `queue=billing`, and `everything` where it has no dimension."""
    return key.partition(b"|")[2].decode(errors="replace") or EVERYTHING


def key_of(tenant: str, name: str) -> bytes:
    """Return the key of a service level from a tenant and a segment's name as keys write it."""
    return f"{escaped(tenant)}|{'' if name == EVERYTHING else name}".encode()


def order_of(key: bytes) -> tuple[str, int, str]:
    """Return what keys are sorted by: tenant, few dimensions first, name."""
    return tenant_of(key), dimensions_of(key), name_of(key)
