"""Make a dead letter of a record: what was wrong and where it stands, never what it says."""

from __future__ import annotations

from hashlib import sha256

from pipeline.engine import DeadLetter, Record
from pipeline.reasons import Reason


def refusal(record: Record, reason: Reason, detail: str, field: str = "") -> DeadLetter:
    """Return the dead letter of a record that is refused."""
    value = record.value or b""
    return DeadLetter(
        reason=reason,
        detail=detail,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        size_bytes=len(value),
        sha256=sha256(value).hexdigest(),
        field=field,
        appended_at=record.timestamp,
    )
