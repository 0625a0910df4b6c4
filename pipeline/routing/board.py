"""Every queue's signal from the records of the compacted topics: the newest of each key, of the newest epoch only.

Whoever follows the topics (the Redis sink, HTTP) hands over what it reads and asks which queues changed.
"""

from __future__ import annotations

import msgspec

from pipeline.engine import TimeMode, Topic
from pipeline.responders.board import ANY
from pipeline.routing.composing import Said, compose
from pipeline.routing.deadlines import Deadlines, Queue
from pipeline.routing.roster import Roster
from pipeline.routing.signal import RoutingSignal
from pipeline.signals import ServiceLevel, TicketClocks

TOPICS = (Topic.SERVICE_LEVELS, Topic.CLOCKS, Topic.RESPONDERS, Topic.PRESENCE)
"""What `RoutingBoard.take` reads."""
_SHAPES = (("queue",), ("channel", "queue"))


class RoutingBoard:
    """The newest of everything that makes a signal. Not thread-safe; bounded by queues, channels, people and `most_tickets`."""

    def __init__(self, time: TimeMode, *, depth: int = 100, most_tickets: int = 1_000_000) -> None:
        """Know nothing yet.

        Args:
            time: how the pipeline is told time. Live, a service level was said at its `as_of`; in event time its numbers may be
                of another year, and it was said when the broker got it.
            depth: how many tickets each order of a signal names, and how many responders.
            most_tickets: how many open tickets are kept in order.

        """
        self._live = time is TimeMode.LIVE
        self._depth = depth
        self.deadlines = Deadlines(most_tickets)
        self.roster = Roster(live=self._live)
        self.epoch = 0
        """The newest epoch seen."""
        self.as_of = 0
        """Engine time of the newest service level."""
        self.unreadable = 0
        """Records that are none of firstreply's."""
        self._most_tickets = most_tickets
        self._raw: dict[bytes, tuple[bytes, int]] = {}
        self._queues: dict[Queue, Said] = {}
        self._channels: dict[Queue, dict[str, ServiceLevel]] = {}
        self._places: dict[bytes, tuple[Queue, str]] = {}
        self._changed: set[Queue] = set()
        self._rostered: set[Queue] = set()
        """Groups of responders that changed, `*` among them."""
        self._level = msgspec.json.Decoder(ServiceLevel).decode
        self._clocks = msgspec.json.Decoder(TicketClocks).decode

    def take(self, topic: Topic, key: bytes, value: bytes | None, appended_at: int, epoch: int = 0) -> None:
        """Take one record; a tombstone takes back what its key said. Never raises for a bad one.

        Args:
            topic: where it stands; others than `TOPICS` say nothing here.
            key: its key.
            value: its value.
            appended_at: its timestamp on the broker, ms.
            epoch: that of its header; 0 where it has none, as with exactly-once delivery.

        """
        if epoch > self.epoch:
            self._begin_anew(epoch)
            self.deadlines = Deadlines(self._most_tickets)
            self.roster = Roster(live=self._live)
        elif epoch and epoch < self.epoch:
            return
        try:
            match topic:
                case Topic.CLOCKS:
                    ticket = None if value is None else self._clocks(value)
                    self._changed |= self.deadlines.take(key, ticket)
                case Topic.RESPONDERS:
                    self._rostered |= self.roster.take_person(key, value)
                case Topic.PRESENCE:
                    self._rostered |= self.roster.take_board(key, value)
                case Topic.SERVICE_LEVELS if _names(key) in _SHAPES:
                    if value is None:
                        self._raw.pop(key, None)
                        self._forget(key)
                    else:
                        self._raw[key] = (value, appended_at)
                case _:
                    pass
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.unreadable += 1

    @property
    def has_levels(self) -> bool:
        """Say whether a service level of a queue came since signals were last asked for, not only deadlines and responders."""
        return bool(self._raw)

    def changed(self) -> set[Queue]:
        """Return the queues with something new to say since the last call."""
        self._read()
        everywhere = {group.tenant for group in self._rostered if group.name == ANY}
        changed = (self._changed | self._rostered) & self._queues.keys()
        changed |= {queue for queue in self._queues if queue.tenant in everywhere}
        self._changed.clear()
        self._rostered.clear()
        return changed

    def queues(self) -> set[Queue]:
        """Return every queue that has a signal, expired or not."""
        self._read()
        return set(self._queues)

    def signal(self, queue: Queue) -> RoutingSignal | None:
        """Return a queue's signal, `None` where nothing is known of it. Whether it has expired is the reader's to see."""
        self._read()
        said = self._queues.get(queue)
        if said is None:
            return None
        channels = self._channels.get(queue, {})
        return compose(said, channels.values(), self.deadlines, self.roster, self._depth)

    def _read(self) -> None:
        """Decode what came: most of a backlog is replaced before anybody asks."""
        raw, self._raw = self._raw, {}
        for key, (value, appended_at) in raw.items():
            try:
                level = self._level(value)
            except msgspec.MsgspecError:
                self.unreadable += 1
                continue
            if "queue" in level.segment:
                self._put(key, level, appended_at)
            else:
                self.unreadable += 1

    def _put(self, key: bytes, level: ServiceLevel, appended_at: int) -> None:
        if level.epoch < self.epoch:
            return
        if level.epoch > self.epoch:
            self._begin_anew(level.epoch)
        self.as_of = max(self.as_of, level.as_of)
        queue, channel = Queue(level.tenant, level.segment["queue"]), level.segment.get("channel")
        if channel is None:
            self._queues[queue] = Said(level, level.as_of if self._live else appended_at)
        else:
            self._channels.setdefault(queue, {})[channel] = level
        self._places[key] = (queue, channel or "")
        self._changed.add(queue)

    def _begin_anew(self, epoch: int) -> None:
        self.epoch, self.as_of = epoch, 0
        self._queues.clear()
        self._channels.clear()
        self._places.clear()

    def _forget(self, key: bytes) -> None:
        if (place := self._places.pop(key, None)) is None:
            return
        queue, channel = place
        if channel:
            self._channels.get(queue, {}).pop(channel, None)
        else:
            self._queues.pop(queue, None)
        self._changed.add(queue)


def _names(key: bytes) -> tuple[str, ...]:
    """Return the dimensions in a key such as `acme|queue=billing,channel=chat`, in the order of the text."""
    _, _, segment = key.decode().partition("|")
    return tuple(sorted(part.partition("=")[0] for part in segment.split(","))) if segment else ()
