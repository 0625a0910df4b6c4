"""What one contact of a channel asks for, compiled from the configuration, and how many responders an hour of them takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from pipeline.events import Channel
from pipeline.staffing.model import StaffingModel
from pipeline.staffing.required import Promise, Traffic, least, required

_PPM = 1_000_000
_LIVE_MS, _DAY_MS = 60_000, 86_400_000


class Settings(Protocol):
    """The parts of the domain's configuration that are read here."""

    @property
    def staffing(self) -> StaffingModel: ...
    @property
    def live_channels(self) -> tuple[Channel, ...]: ...
    @property
    def expectations(self) -> dict[Channel, int]: ...


class Asks(NamedTuple):
    """What a contact of one channel asks for."""

    effort_ms: int
    """Handling time over the contacts that are held at a time: what one costs a responder."""
    within_ms: int
    live: bool
    patience_ms: int | None = None


class Terms:
    """The terms of every channel whose handling time is known."""

    __slots__ = ("_asks", "_measured", "_model", "_settings", "deferred_ppm", "occupancy_ppm", "share_ppm")

    def __init__(self, settings: Settings, measured: Mapping[str, int] | None = None) -> None:
        """Compile; `measured` is queue -> handling time, ms, for channels that the configuration leaves out."""
        self._settings = settings
        model = self._model = settings.staffing
        self._measured = measured or {}
        self.share_ppm, self.occupancy_ppm, self.deferred_ppm = (
            round(share * _PPM) for share in (model.share, model.occupancy, model.deferred_occupancy)
        )
        self._asks: dict[tuple[str, str], Asks | None] = {}

    def of(self, queue: str, channel: str) -> Asks | None:
        """Return what a contact asks for; `None` where nobody has said how long one takes."""
        key = (queue, channel)
        if key not in self._asks:
            self._asks[key] = self._compiled(queue, channel)
        return self._asks[key]

    def on_duty(self, number: int) -> int:
        """Return how many must be on the rota for `number` to be on the queue."""
        part = _PPM - round(self._model.shrinkage * _PPM)
        return -(-number * _PPM // part)

    def pooled(self, queue: str, contacts: Mapping[str, int], period_ms: int) -> tuple[Traffic, Promise] | None:
        """Return the live contacts of a queue as one stream that any of its responders takes; `None` where there are none.

        Where channels differ, the strictest wait and the longest patience hold for all.
        """
        found = [(asks, number) for channel, number in contacts.items() if (asks := self.of(queue, channel)) and asks.live]
        number = sum(number for _, number in found)
        if number <= 0:
            return None
        effort_ms = max(1, sum(asks.effort_ms * number for asks, number in found) // number)
        patiences = [asks.patience_ms for asks, _ in found]
        known = [patience for patience in patiences if patience is not None]
        patience = max(known) if len(known) == len(patiences) else None
        promise = Promise(self.share_ppm, min(asks.within_ms for asks, _ in found), self.occupancy_ppm, patience)
        return Traffic(number, period_ms, effort_ms), promise

    def need(self, queue: str, contacts: Mapping[str, int], period_ms: int, other_ms: int = 0) -> int:
        """Return the least number on the queue: live contacts in time, and the time for other work, ms, beside them.

        Who waits for the next call answers mails meanwhile: both together need only be done.
        """
        pooled = self.pooled(queue, contacts, period_ms)
        if pooled is None:
            return least(other_ms, period_ms, self.deferred_ppm)
        traffic, promise = pooled
        return max(required(traffic, promise), least(traffic.work_ms + other_ms, period_ms, self.deferred_ppm))

    def _compiled(self, queue: str, channel: str) -> Asks | None:
        known = channel in _CHANNELS
        kind = Channel(channel) if known else Channel.OTHER
        model, live = self._model, kind in self._settings.live_channels
        handling_ms = model.handling.get(kind) or self._measured.get(queue)
        if handling_ms is None:
            return None
        within_ms = model.within.get(kind, self._settings.expectations.get(kind, _LIVE_MS if live else _DAY_MS))
        return Asks(max(1, handling_ms // model.at_once.get(kind, 1)), within_ms, live, model.patience.get(kind))


_CHANNELS = frozenset(Channel)
