"""What a support centre is made of: queues, their channels and hours, and how its load moves over the week."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from agents.simulator.disorder import Disorder
from agents.simulator.incidents import Jump
from pipeline.events import Channel

__all__ = ["ALWAYS", "CENTRE", "Centre", "Hours", "Jump", "QueueProfile", "hour_of_week", "load"]

HOUR_MS = 3_600_000

Hours: TypeAlias = tuple[tuple[int, int] | None, ...]
"""Open from one hour to another, per weekday from Monday; `None` is closed."""

ALWAYS: Hours = ((0, 24),) * 7
_BY_HOUR = (
    *(0.25, 0.20, 0.18, 0.18, 0.20, 0.25, 0.40, 0.70, 1.10, 1.70, 1.80, 1.70),
    *(1.40, 1.40, 1.60, 1.70, 1.60, 1.40, 1.10, 1.00, 0.80, 0.60, 0.45, 0.35),
)
_WEEKEND = 0.55
_MONDAY_MORNING = range(8, 12)
_MONDAY_PEAK = 1.35


def _week() -> tuple[float, ...]:
    raw = [
        _BY_HOUR[hour] * (_WEEKEND if day >= 5 else 1.0) * (_MONDAY_PEAK if day == 0 and hour in _MONDAY_MORNING else 1.0)
        for day in range(7)
        for hour in range(24)
    ]
    mean = sum(raw) / len(raw)
    return tuple(value / mean for value in raw)


_LOAD = _week()


def load(hour: int) -> float:
    """Return the load of an hour of the week (0 is Monday 00:00) relative to the mean of the week."""
    return _LOAD[hour]


class QueueProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A queue: how many tickets come how, and when its responders work."""

    name: str
    tickets_per_hour: float
    """Mean over the week."""
    channels: dict[Channel, float]
    """Share of each channel; they sum to 1."""
    hours: Hours = ALWAYS
    spare: float = 1.15
    """Planned staff over the planned work."""
    transfers_to: str = ""
    """Where tickets go that another queue must answer; empty: nowhere."""

    def is_open(self, hour: int) -> bool:
        """Return whether responders work in this hour of the week."""
        interval = self.hours[hour // 24]
        return interval is not None and interval[0] <= hour % 24 < interval[1]


class Centre(msgspec.Struct, frozen=True, kw_only=True):
    """A support centre with what goes wrong in it."""

    tenant: str = "demo"
    zone: str = "Europe/Berlin"
    queues: tuple[QueueProfile, ...]
    customers: int = 20_000
    jumps: tuple[Jump, ...] = ()
    disorder: Disorder = Disorder()

    def scaled(self, factor: float) -> Centre:
        """Return the same centre with so many times the tickets, and staff to match."""
        queues = tuple(msgspec.structs.replace(queue, tickets_per_hour=queue.tickets_per_hour * factor) for queue in self.queues)
        return msgspec.structs.replace(self, queues=queues)


def hour_of_week(zone: ZoneInfo, at_ms: int) -> int:
    """Return the local hour of the week, 0 to 167."""
    local = datetime.fromtimestamp(at_ms // 1_000, UTC).astimezone(zone)
    return local.weekday() * 24 + local.hour


_WORKDAYS = 5

CENTRE = Centre(
    queues=(
        QueueProfile(
            name="orders",
            tickets_per_hour=24,
            channels={Channel.CHAT: 0.45, Channel.MESSAGING: 0.2, Channel.EMAIL: 0.2, Channel.PHONE: 0.15},
            hours=((7, 22),) * 7,
            transfers_to="billing",
        ),
        QueueProfile(
            name="billing",
            tickets_per_hour=14,
            channels={Channel.EMAIL: 0.55, Channel.WEB: 0.2, Channel.PHONE: 0.25},
            hours=(*((8, 18),) * _WORKDAYS, (9, 14), None),
        ),
        QueueProfile(
            name="technical",
            tickets_per_hour=16,
            channels={Channel.CHAT: 0.4, Channel.EMAIL: 0.3, Channel.WEB: 0.2, Channel.PHONE: 0.1},
            transfers_to="orders",
        ),
        QueueProfile(
            name="returns",
            tickets_per_hour=6,
            channels={Channel.EMAIL: 0.6, Channel.WEB: 0.2, Channel.SOCIAL: 0.1, Channel.SMS: 0.1},
            hours=(*((9, 17),) * _WORKDAYS, None, None),
        ),
    )
)
"""The centre of the demo: about sixty tickets an hour. `pipeline/defaults/demo.toml` is its domain."""
