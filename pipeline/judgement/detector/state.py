"""What the detector remembers of one segment beside what is usual: one small row, written when it has changed."""

from __future__ import annotations

import msgspec

from pipeline.judgement.detector.decay import Decay
from pipeline.judgement.detector.dispersion import Dispersion
from pipeline.judgement.detector.usual import Heard


class Memory(msgspec.Struct, array_like=True):
    """Evidence is in thousandths of a nat, times are minutes."""

    last: int = 0
    """The last tick that was looked at."""
    hour: int = 0
    """The first minute of the hour whose replies are heard."""
    evidence: int = 0
    """W of the CUSUM."""
    pending: int = 0
    """What the replies since the last tick say beyond what their waits had said."""
    fed: bool = False
    """Something was added since the last tick."""
    alarmed: bool = False
    raised: int = 0
    """When the alarm was raised, or the last tick without one."""
    low_since: int | None = None
    """While alarmed: since when the evidence has been low."""
    over: bool = False
    """An alarm has just ended: the next tick begins anew."""
    onset: int = 0
    """When the evidence last was zero."""
    sign: int = 0
    """When anything was last heard of the segment."""
    silent: bool = False
    """Nothing has been heard for so long that the source may be dead: the evidence rests."""
    waited_since: int = 0
    """Minutes waited by customers since the onset."""
    replies_since: int = 0
    residuals_since: int = 0
    """Sum of their residuals, thousandths of a log."""
    arrivals: Decay = msgspec.field(default_factory=Decay)
    replies: Decay = msgspec.field(default_factory=Decay)
    waited: Decay = msgspec.field(default_factory=Decay)
    dispersion: Dispersion = msgspec.field(default_factory=Dispersion)
    heard: dict[int, Heard] = msgspec.field(default_factory=dict)
    """The replies of the hour, by cell."""
    came: dict[int, int] = msgspec.field(default_factory=dict)
    """Customers who began to wait in the hour, by cell."""
