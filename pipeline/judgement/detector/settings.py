"""The configured detector, in integers, and what a segment's promise says before there is any history."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import NamedTuple

from pipeline.alertrules import DetectorModel
from pipeline.config import Domain, SlaMeasure
from pipeline.judgement.detector.logs import MILLI
from pipeline.windows.slots import MINUTE_MS


class Settings(NamedTuple):
    """What can be set. Evidence in thousandths of a nat, times in minutes."""

    jump_milli: int = 3_000
    """The slow-down to find, as a factor in thousandths."""
    bias: int = 500
    """Added to the threshold: a nat more roughly halves the false alarms of quiet queues."""
    least: int = 3_000
    """Threshold of the quietest queues."""
    clear_after: int = 30
    floor_ms: int = 0
    """No alarm while the first reply time is below."""
    new_normal_after: int = 48 * 60
    """An alarm of this age has become the new normal."""

    @classmethod
    def of(cls, model: DetectorModel) -> Settings:
        """Take the settings of a configuration."""
        return cls(
            jump_milli=round(model.jump * MILLI),
            bias=round(model.caution * MILLI),
            clear_after=max(1, model.clear_after // MINUTE_MS),
            floor_ms=model.floor,
            new_normal_after=max(1, model.new_normal_after // MINUTE_MS),
        )

    def threshold(self, weekly: int) -> int:
        """Return the evidence that raises an alarm where so many customers come in a week."""
        return max(self.least, self.bias + round(MILLI * log(max(1, weekly))))


def promised_ms(domain: Domain, tenant: str, pairs: Mapping[str, str]) -> int | None:
    """Return the promised first reply time, ms, of a segment: the laxest of the policies that can hold there."""
    limits: list[int] = []
    for policy in domain.policies:
        when = policy.when
        known = ((tenant, when.tenants), (pairs.get("queue"), when.queues), (pairs.get("channel"), when.channels))
        if all(value is None or not wanted or value in wanted for value, wanted in known):
            promises = (target for target in policy.targets if target.measure is SlaMeasure.FIRST_REPLY)
            limits += [limit for target in promises for limit in target.within.values()]
    return max(limits, default=None)
