"""Makes the detectors of segments, as configured."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.config import Domain, zone_of
from pipeline.judgement.detector.clocks import OpenTime, WaitClock
from pipeline.judgement.detector.detector import Detector
from pipeline.judgement.detector.judge import DetectorJudge
from pipeline.judgement.detector.settings import Settings, promised_ms
from pipeline.judgement.detector.usual import Prior
from pipeline.windows.openwork import StartTimes
from pipeline.windows.slots import MINUTE_MS, Slots


class Detectors:
    """The configured detector of a domain; false where there is none."""

    __slots__ = ("_clocks", "_domain", "_model", "_settings", "_slots")

    def __init__(self, domain: Domain) -> None:
        """Compile the configuration."""
        self._clocks: dict[OpenTime, WaitClock] = {}
        self._domain = domain
        self._model = domain.detector
        self._settings = None if domain.detector is None else Settings.of(domain.detector)
        self._slots = Slots(zone_of(domain))

    def __bool__(self) -> bool:
        return self._model is not None

    def of(
        self, tenant: str, shape: tuple[str, ...], pairs: Mapping[str, str], calendar: OpenTime, waits: StartTimes
    ) -> DetectorJudge | None:
        """Return the judge of a segment; `None` where no detector is asked for."""
        model, settings = self._model, self._settings
        if model is None or settings is None or shape not in model.segments:
            return None
        promised = promised_ms(self._domain, tenant, pairs)
        clock = self._clocks.get(calendar)
        if clock is None:
            clock = self._clocks[calendar] = WaitClock(calendar, self._slots)
        detector = Detector(settings, clock, None if promised is None else Prior(promised))
        queue = pairs.get("queue", "")
        muted = [
            (_minute(mute.since.timestamp()), _minute(mute.until.timestamp()))
            for mute in model.mute
            if not mute.queues or queue in mute.queues
        ]
        accepted = [_minute(a.at.timestamp()) for a in model.accept_new_normal if not a.queues or queue in a.queues]
        return DetectorJudge(model.severity, detector, waits, muted, accepted)


def _minute(timestamp: float) -> int:
    return round(timestamp * 1_000) // MINUTE_MS
