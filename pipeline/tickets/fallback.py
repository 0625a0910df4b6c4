"""Closed channels: whose promises hold for a customer who came while nobody was there to answer."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.config import Domain
from pipeline.tickets.calendar import Calendar, Calendars
from pipeline.tickets.entry import CHANNELS
from pipeline.tickets.state import State


class _Fallback(NamedTuple):
    queues: frozenset[str]
    to: int
    calendar: Calendar | None
    """Of the channel; `None` is that of the ticket."""


class Fallbacks:
    """The configured fallbacks, by channel (an index of `CHANNELS`)."""

    def __init__(self, domain: Domain, calendars: Calendars) -> None:
        """Compile them."""
        self._calendars = calendars
        self._by_channel: dict[int | None, list[_Fallback]] = {}
        for one in domain.fallbacks:
            calendar = calendars.by_name[one.calendar] if one.calendar else None
            compiled = _Fallback(frozenset(one.queues), CHANNELS.index(one.to), calendar)
            self._by_channel.setdefault(CHANNELS.index(one.channel), []).append(compiled)

    def channel(self, state: State, at_ms: int) -> int | None:
        """Return the channel whose promises hold for a wait that began at `at_ms`: the ticket's own while that is open."""
        for one in self._by_channel.get(state.channel, ()):
            if not one.queues or state.queue in one.queues:
                calendar = one.calendar or self._calendars.of(state.queue, state.team)
                return state.channel if calendar.is_open(at_ms) else one.to
        return state.channel
