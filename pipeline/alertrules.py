"""The configuration of the alert rules beside the FRT jump. A rule that is not configured does not run and costs nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.duration import Millis

_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000

Severity = Literal["page", "warn"]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    segments: tuple[tuple[str, ...], ...] = (("queue",),)
    """Which segments are judged; each must be among the domain's."""


class SilenceModel(_Rule):
    """Nobody answers: customers wait, and no reply has gone out for a while of the queue's working hours."""

    waiting: int = Field(default=3, ge=1, le=100)
    """So many customers must have waited for `quiet`, for a first or a further reply."""
    quiet: Millis = Field(default=30 * _MINUTE_MS, ge=_MINUTE_MS)
    """No reply for so long, on the queue's calendar."""
    raise_after: Millis = 0
    clear_after: Millis = 5 * _MINUTE_MS
    severity: Severity = "page"
