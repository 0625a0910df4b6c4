"""The configuration of the alert rules beside the FRT jump. A rule that is not configured does not run and costs nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

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


class MuteModel(BaseModel):
    """A time in which the detector keeps quiet and learns nothing: planned maintenance, a drill."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: AwareDatetime
    until: AwareDatetime
    queues: tuple[str, ...] = ()
    """Empty: every queue."""


class AcceptanceModel(BaseModel):
    """From then on, what was slow is the new normal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime
    queues: tuple[str, ...] = ()
    """Empty: every queue."""


class DetectorModel(_Rule):
    """The statistical FRT-jump detector: finds a slow-down of first replies by `jump` at any volume. See docs/detection.md."""

    segments: tuple[tuple[str, ...], ...] = (("queue", "channel"),)
    jump: float = Field(default=3.0, ge=1.5, le=20)
    """The slow-down to find, as a factor. What is slower by less than its square root never adds up."""
    caution: float = Field(default=0.5, ge=-3, le=20)
    """The one setting between few false alarms and early ones: one more roughly halves the false alarms of quiet queues."""
    floor: Millis = _MINUTE_MS
    """No alarm while first replies, waits counted in, take less than this."""
    clear_after: Millis = Field(default=30 * _MINUTE_MS, ge=_MINUTE_MS)
    new_normal_after: Millis = Field(default=48 * _HOUR_MS, ge=_HOUR_MS)
    """A slow-down that lasts for so long is the new normal."""
    mute: tuple[MuteModel, ...] = ()
    accept_new_normal: tuple[AcceptanceModel, ...] = ()
    severity: Severity = "page"
