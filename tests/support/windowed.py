"""What the service level of everything says once stories have gone through both engines."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pipeline.config import Domain
from pipeline.engine import LogRecord, TimeMode, Topic
from pipeline.events import Event
from pipeline.offline import clock_record
from pipeline.signals import ServiceLevel, WindowLevels
from pipeline.tickets.engine import TicketsEngine
from pipeline.windows.engine import SegmentsEngine
from tests.support.sums import records_of


def window_at(domain: Domain, events: Sequence[Event], at_ms: int, window: str, segment: bytes = b"acme|") -> WindowLevels:
    """Return a window of a segment as of a time, ms, from events in the order of their arrival."""
    records = records_of(events)
    records.append(LogRecord("ticket-events", 0, len(records), at_ms, None, clock_record(at_ms)))
    tickets = TicketsEngine(domain, time=TimeMode.LIVE)
    segments = SegmentsEngine(domain, 0, 1, TimeMode.LIVE)
    said = [*tickets.apply(records).emits, *tickets.tick(at_ms).emits]
    panes = [e for e in said if e.topic is Topic.PANES]
    segments.apply([LogRecord("panes", 0, place, at_ms, emit.key, emit.value) for place, emit in enumerate(panes)])
    levels = {e.key: e.value for e in segments.tick(at_ms).emits if e.topic is Topic.SERVICE_LEVELS}
    value = levels[segment]
    assert value is not None
    return msgspec.json.decode(value, type=ServiceLevel).windows[window]
