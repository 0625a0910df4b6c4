"""What ticket events and responders' events have in common: the CloudEvents envelope, read and written in one way."""

from __future__ import annotations

import re
from typing import Any

from pipeline.events import Event
from pipeline.reasons import Invalid, Reason
from pipeline.responders.events import ResponderEvent
from pipeline.timestamps import EARLIEST_MS, LATEST_MS, format_time
from pipeline.wire import MAX_INTEGER

DEFAULT_TENANT = "default"
NOBODY = "/"
"""The source of an event that names none; a CloudEvent's must not be empty."""
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters and line separators."""
_DIGITS = re.compile("[0-9]+")


def tenant_of(source: str) -> str:
    """Return the first segment of `/<tenant>/<vendor>/<account>`, or the default tenant."""
    return (source.startswith("/") and source.split("/", 2)[1]) or DEFAULT_TENANT


def number_of(sequence: str) -> int | None:
    """Return a sequence written in digits; `None` where it is none."""
    return number if _DIGITS.fullmatch(sequence) and (number := int(sequence)) <= MAX_INTEGER else None


def bad_time(at_ms: int | None, field: str) -> Invalid:
    """Say why a time is refused: unreadable (`None`), out of range, or from the future."""
    if at_ms is None:
        return Invalid(Reason.BAD_TIMESTAMP, "neither RFC 3339 with an offset nor Unix seconds or milliseconds", field)
    if not EARLIEST_MS <= at_ms < LATEST_MS:
        return Invalid(Reason.TIMESTAMP_OUT_OF_RANGE, "before the year 2000 or after 2099", field)
    return Invalid(Reason.FROM_THE_FUTURE, "later than the record's append time allows", field)


def canonical_attributes(event: Event | ResponderEvent) -> dict[str, Any]:
    """Return the attributes of the canonical form that do not depend on what the event is about."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source or NOBODY,
        "time": format_time(event.occurred_at),
        "recordedtime": None if event.ingested_at is None else format_time(event.ingested_at),
        "sequence": f"{event.sequence:012d}" if event.sequence else None,
    }
