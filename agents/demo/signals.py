"""What the pipeline has said so far, as its readers know it: the newest record of each key, of the newest epoch only."""

from __future__ import annotations

from collections import deque

import msgspec

from agents.followers.follower import following
from agents.partitions.access import BrokerAccess
from agents.settings import TopicSettings
from agents.topics import name_of
from pipeline.engine import Topic
from pipeline.signals import Alert, AlertState, ServiceLevel, SlaEvent, SlaEventType, TicketClocks

READ = (Topic.SERVICE_LEVELS, Topic.ALERTS, Topic.CLOCKS, Topic.SLA_EVENTS)
_GONE = "gone"
"""Merged, spam or deleted: should it come back, its customer waits again."""
_BREACHES = 200


class Signals:
    """The state that the records make. Service levels are decoded when they are asked for: most are replaced before."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.as_of = 0
        """Time of the newest service level, ms, at the last call of `levels`."""
        self._raw: dict[bytes, bytes] = {}
        self._levels: dict[bytes, ServiceLevel] = {}
        self._alerts: dict[str, Alert] = {}
        self._waiting: dict[bytes, TicketClocks] = {}
        self._breaches: deque[SlaEvent] = deque(maxlen=_BREACHES)
        self._level = msgspec.json.Decoder(ServiceLevel).decode
        self._alert = msgspec.json.Decoder(Alert).decode
        self._clocks = msgspec.json.Decoder(TicketClocks).decode
        self._sla_event = msgspec.json.Decoder(SlaEvent).decode

    def take(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        """Take one record; a tombstone takes back what its key said."""
        match topic:
            case Topic.SERVICE_LEVELS if value is not None:
                self._raw[key] = value
            case Topic.SERVICE_LEVELS:
                self._raw.pop(key, None)
                self._levels.pop(key, None)
            case Topic.ALERTS if value is not None:
                alert = self._alert(value)
                self._alerts[alert.id] = alert
            case Topic.ALERTS:
                self._alerts.pop(key.decode(), None)
            case Topic.CLOCKS:
                self._take_clocks(key, value)
            case Topic.SLA_EVENTS if value is not None:
                self._take_sla_event(self._sla_event(value))
            case _:
                pass

    def levels(self) -> list[ServiceLevel]:
        """Return the service levels, everything first, then by name."""
        while self._raw:
            key, value = self._raw.popitem()
            level = self._levels[key] = self._level(value)
            self.as_of = max(self.as_of, level.as_of)
        newest = max((level.epoch for level in self._levels.values()), default=0)
        mine = [level for level in self._levels.values() if level.epoch == newest]
        return sorted(mine, key=lambda level: (len(level.segment), tuple(level.segment.items())))

    def alerts(self) -> list[Alert]:
        """Return the alerts, firing ones first, the newest first among them."""
        newest = max((alert.epoch for alert in self._alerts.values()), default=0)
        mine = [alert for alert in self._alerts.values() if alert.epoch == newest]
        return sorted(mine, key=lambda alert: (alert.state is not AlertState.FIRING, -alert.raised_at, alert.id))

    def waiting(self, count: int) -> list[TicketClocks]:
        """Return the tickets whose customers have waited longest."""
        return sorted(self._waiting.values(), key=lambda ticket: (ticket.waiting_since or 0, ticket.ticket_id))[:count]

    def breaches(self, count: int) -> list[SlaEvent]:
        """Return the newest broken promises, the newest first."""
        return sorted(self._breaches, key=lambda event: (-event.occurred_at, event.id))[:count]

    def _take_clocks(self, key: bytes, value: bytes | None) -> None:
        ticket = self._clocks(value) if value is not None else None
        if ticket is None or ticket.waiting_since is None or ticket.status == _GONE:
            self._waiting.pop(key, None)
        else:
            self._waiting[key] = ticket

    def _take_sla_event(self, event: SlaEvent) -> None:
        clock = (event.ticket_id, event.measure, event.instance)
        if event.type is SlaEventType.BREACHED:
            self._breaches.append(event)
        elif event.type is SlaEventType.BREACH_RETRACTED:
            others = [there for there in self._breaches if (there.ticket_id, there.measure, there.instance) != clock]
            self._breaches = deque(others, maxlen=_BREACHES)


async def follow(access: BrokerAccess, topics: TopicSettings, signals: Signals) -> None:
    """Read the pipeline's outputs from their beginning into `signals`, until cancelled."""
    by_name = {name_of(topic, topics): topic for topic in READ}
    async with following(access, by_name) as follower:
        while True:
            for record in await follower.fetch():
                signals.take(by_name[record.topic], record.key or b"", record.value)
