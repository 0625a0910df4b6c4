"""How long panes are kept."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.config import Domain
from pipeline.judgement.jump import JumpRule
from pipeline.windows.levels import specs
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, MONTH, WEEK


class Keeps(NamedTuple):
    """How long panes are kept, minutes: as configured, and never less than the windows and the rule read."""

    minutes: int
    hours: int
    days: int

    @classmethod
    def of(cls, domain: Domain, rule: JumpRule) -> Keeps:
        """Return the retention of a configuration."""
        lengths = [spec.length for spec in specs(domain)]
        short = max([length for length in lengths if length <= DAY], default=0)
        long = max([length for length in lengths if length > DAY], default=0)
        # A window that stands still for as long as it is long starts afresh, so it may look back twice its length.
        minutes = max(domain.retention.minutes // MINUTE_MS, WEEK + 2 * short + 2 * HOUR, 3 * short + 2 * HOUR)
        minutes = max(minutes, rule.window + 2 * HOUR)
        if domain.expected_wait.segments:
            minutes = max(minutes, domain.expected_wait.at_most // MINUTE_MS + 2 * HOUR)
        hours = max(domain.retention.hours // MINUTE_MS, minutes, MONTH + 2 * max(long, DAY), 3 * long, rule.reach) + 2 * DAY
        return cls(minutes, hours, max(domain.retention.days // MINUTE_MS, hours + DAY))
