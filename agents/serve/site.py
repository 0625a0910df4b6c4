"""What every request is answered from: the view, the clock, and how the reading of the topics goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.clock import Clock
from pipeline.engine import TimeMode, Topic
from pipeline.routing.board import TOPICS as ROUTED
from pipeline.routing.board import RoutingBoard
from pipeline.view.state import READ as VIEWED
from pipeline.view.state import Taken, View

READ = tuple(dict.fromkeys((*VIEWED, *ROUTED)))
"""The topics that a site is made of."""
CONNECTED_MS = 10_000
"""A broker that has not answered for so long counts as away."""


@dataclass
class Reading:
    """How far the topics have been read. The reader writes it, everybody else looks."""

    caught_up: bool = False
    """Everything that was there at the start has been read."""
    answered_at: int = 0
    """When the broker answered last, ms; 0 before the first time."""
    records: dict[str, int] = field(default_factory=dict)
    """Records by what became of them."""

    def connected(self, clock_ms: int) -> bool:
        """Say whether the broker can be reached."""
        return self.answered_at > 0 and clock_ms - self.answered_at <= CONNECTED_MS


@dataclass
class Site:
    """The application's state."""

    view: View
    clock: Clock
    version: str
    zone: str = "UTC"
    """Of the centre: times on the board are those of its clocks."""
    reading: Reading = field(default_factory=Reading)
    streams: int = 0
    """Boards that are open."""
    routing: RoutingBoard = field(default_factory=lambda: RoutingBoard(TimeMode.LIVE))
    """Makes the routing signals of the same records."""

    def take(self, topic: Topic, key: bytes, value: bytes | None, appended_at: int, epoch: int = 0) -> Taken:
        """Take one record; `appended_at` is its timestamp on the broker, ms. Never raises for a bad one."""
        taken = self.view.take(topic, key, value, epoch)
        if taken is Taken.APPLIED or topic not in VIEWED:
            return self._route(topic, key, value, appended_at, epoch) if topic in ROUTED else taken
        return taken

    def _route(self, topic: Topic, key: bytes, value: bytes | None, appended_at: int, epoch: int) -> Taken:
        before = self.routing.unreadable
        self.routing.take(topic, key, value, appended_at, epoch)
        return Taken.APPLIED if self.routing.unreadable == before else Taken.UNREADABLE

    def now(self) -> int:
        """Return the time that numbers are seen at, ms."""
        return self.view.now(self.clock.now_ms())
