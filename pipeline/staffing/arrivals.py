"""What came, by queue, channel and hour, and what the same hour of the week leads to expect."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from pipeline.additions import Additions
from pipeline.measures import Measure, base
from pipeline.windows.slots import HOUR, MINUTE_MS, Slots

_CREATED = base(Measure.CREATED)


class Volume(NamedTuple):
    """Contacts of one queue in an hour, by channel, over `weight`: a weighted mean in whole numbers."""

    contacts: dict[str, int]
    weight: int

    @property
    def milli(self) -> int:
        """Return the contacts of one such hour, in thousandths."""
        return sum(self.contacts.values()) * 1_000 // self.weight


class Expected(NamedTuple):
    """What one hour leads to expect."""

    usual: Volume
    fewest: Volume
    """The quietest of the same hours of the weeks before."""
    most: Volume
    weeks: int
    """How many of them there were."""


class Arrivals:
    """Tickets created, by tenant, queue, channel and hour of the domain's zone. Corrections are negative amounts."""

    def __init__(self, dimensions: tuple[str, ...], slots: Slots) -> None:
        """Start empty.

        Raises:
            ValueError: `dimensions` do not tell queues and channels apart.

        """
        self._queue, self._channel = dimensions.index("queue"), dimensions.index("channel")
        self._slots = slots
        self._counts: dict[tuple[str, str], dict[int, Counter[str]]] = {}

    def add(self, additions: Additions) -> None:
        """Add what a ticket partition said."""
        for leaf in additions.leaves:
            hours = self._counts.setdefault((additions.tenant, leaf.leaf[self._queue]), {})
            for minute, cell in leaf.minutes.items():
                if amount := cell.get(_CREATED, 0):
                    hours.setdefault(self._slots.hour(minute), Counter())[leaf.leaf[self._channel]] += amount

    def tenants(self) -> list[str]:
        """Return whose tickets there are."""
        return sorted({tenant for tenant, _ in self._counts})

    def queues(self, tenant: str) -> list[str]:
        """Return the queues that tickets came to, in order."""
        return sorted(queue for (owner, queue), hours in self._counts.items() if owner == tenant and hours)

    def total(self, tenant: str, queue: str, since: int, until: int) -> Counter[str]:
        """Return how many came in hours of `[since, until)`, minutes, by channel."""
        whole: Counter[str] = Counter()
        for hour, counts in self._counts.get((tenant, queue), {}).items():
            if since <= hour < until:
                whole.update(counts)
        return whole

    def expected(self, tenant: str, queue: str, hours: list[int]) -> Expected | None:
        """Return what hours of the past, the newest first, lead to expect; `None` without any.

        The newest of `n` counts `n` times, the oldest once: a mean that follows a trend and still averages out chance.
        """
        if not hours:
            return None
        there = self._counts.get((tenant, queue), {})
        known = [dict(there.get(hour, {})) for hour in hours]
        usual: Counter[str] = Counter()
        for weight, counts in zip(range(len(known), 0, -1), known, strict=True):
            usual.update({channel: weight * number for channel, number in counts.items()})
        ordered = sorted(known, key=lambda counts: sum(counts.values()))
        total = len(known) * (len(known) + 1) // 2
        return Expected(Volume(dict(usual), total), Volume(ordered[0], 1), Volume(ordered[-1], 1), len(known))


def same_hours(slots: Slots, hour: int, since: int, until: int, weeks: int) -> list[int]:
    """Return the same hour of the week before `hour`, inside `[since, until)`, minutes, the newest first, `weeks` at most.

    The same on the wall clock: a change of the clocks between them does not shift the working day.
    """
    local = slots.local(hour * MINUTE_MS)
    found: list[int] = []
    day = local.date()
    while len(found) < weeks:
        day -= timedelta(days=7)
        then = datetime(day.year, day.month, day.day, local.hour, local.minute, tzinfo=slots.zone)
        minute = slots.hour(int(then.timestamp()) // 60)
        if minute < since:
            return found
        if minute + HOUR <= until and slots.local(minute * MINUTE_MS).hour == local.hour:
            found.append(minute)
    return found
