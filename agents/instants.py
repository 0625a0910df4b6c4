"""Points in time as people write them on a command line."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def parse_instant(text: str, zone: str = "UTC") -> int:
    """Return milliseconds since the Unix epoch of `2016-03-01`, `2016-03-01 08:30` or `2016-03-01T08:30:00Z`.

    Without an offset it is a local time of `zone`.

    Raises:
        ValueError: it is no time; the message shows how to write one.

    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is not a time; write for example 2016-03-01, '2016-03-01 08:30' or 2016-03-01T08:30:00Z"
        raise ValueError(msg) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return int(moment.timestamp()) * 1_000 + moment.microsecond // 1_000
