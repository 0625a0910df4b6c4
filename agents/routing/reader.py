"""Reads a queue's signal as one of three: `Fresh`, `Stale` or `Unknown`. There is no fourth that looks fresh and is not.

    reader = SignalReader(RedisSource(RedisSettings(address="redis:6379")))
    match reader.read("acme", "billing"):
        case Fresh(signal=signal):
            ...                      # route by the numbers
        case Stale() | Unknown():
            ...                      # route by the static rules

A source that fails does not raise: the newest signal seen stays fresh until it expires, for that is what its expiry says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from agents.clock import Clock, SystemClock
from pipeline.routing.signal import RoutingSignal

_GONE: Final = "it is gone from the source"
_AWAY: Final = "the source does not answer: {error}"


@dataclass(frozen=True)
class Fresh:
    """What holds now."""

    signal: RoutingSignal
    age_ms: int


@dataclass(frozen=True)
class Stale:
    """What held once: fit for a screen that says so, not for routing."""

    signal: RoutingSignal
    age_ms: int
    reason: str


@dataclass(frozen=True)
class Unknown:
    """Nothing is known of the queue."""

    reason: str


Reading: TypeAlias = Fresh | Stale | Unknown


class SourceError(Exception):
    """The source cannot be asked; the message says why, without secrets."""


class Source(Protocol):
    """Where signals are read: Redis or HTTP."""

    def fetch(self, tenant: str, queue: str) -> RoutingSignal | None:
        """Return the newest signal, `None` where there is none.

        Raises:
            SourceError: it cannot be asked.

        """

    def fetch_all(self) -> Mapping[tuple[str, str], RoutingSignal]:
        """Return the newest signal of every queue that has one now, by tenant and queue.

        Raises:
            SourceError: it cannot be asked.

        """


class SignalReader:
    """Reads signals and remembers the newest of each queue, at most `most_queues` of them. Not thread-safe."""

    def __init__(
        self, source: Source, *, max_age_ms: int | None = None, clock: Clock | None = None, most_queues: int = 10_000
    ) -> None:
        """Read from `source`; with `max_age_ms`, an older signal is stale before it expires."""
        self._source = source
        self._max_age_ms = max_age_ms
        self._clock = clock or SystemClock()
        self._most_queues = most_queues
        self._newest: dict[tuple[str, str], RoutingSignal] = {}

    def read(self, tenant: str, queue: str) -> Reading:
        """Return what is known of a queue. Never raises for a source that is away."""
        try:
            found = self._source.fetch(tenant, queue)
            missing = _GONE
        except SourceError as error:
            found, missing = None, _AWAY.format(error=error)
        return self._judge((tenant, queue), found, missing)

    def read_all(self) -> dict[tuple[str, str], Reading]:
        """Return what is known of every queue that the source lists, or that was read before."""
        found: Mapping[tuple[str, str], RoutingSignal] = {}
        try:
            found = self._source.fetch_all()
            missing = _GONE
        except SourceError as error:
            missing = _AWAY.format(error=error)
        return {place: self._judge(place, found.get(place), missing) for place in sorted({*found, *self._newest})}

    def _judge(self, place: tuple[str, str], found: RoutingSignal | None, missing: str) -> Reading:
        known = self._newest.get(place)
        # A replica that lags may say what was said before: what is newer is known already.
        if found is not None and (known is None or (found.epoch, found.as_of) >= (known.epoch, known.as_of)):
            self._remember(place, found)
            known, missing = found, ""
        if known is None:
            return Unknown(missing or "no signal")
        now = self._clock.now_ms()
        age_ms = max(0, now - known.said_at)
        if now >= known.expires_at:
            return Stale(known, age_ms, missing or "it has expired")
        if self._max_age_ms is not None and age_ms > self._max_age_ms:
            return Stale(known, age_ms, f"older than {self._max_age_ms} ms")
        return Fresh(known, age_ms)

    def _remember(self, place: tuple[str, str], signal: RoutingSignal) -> None:
        self._newest.pop(place, None)
        if len(self._newest) >= self._most_queues:
            del self._newest[next(iter(self._newest))]
        self._newest[place] = signal
