"""A plan for programs: one JSON document, or one CSV row per queue and hour."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TextIO
from zoneinfo import ZoneInfo

import msgspec

from agents.planning.wording import assumptions
from agents.reporting.tables import plain
from pipeline.config import Domain
from pipeline.staffing.form import HourPlan, Plan

_NUMBERS = tuple(name for name in HourPlan.__struct_fields__ if name not in {"at", "open"})


def document(plan: Plan, domain: Domain) -> bytes:
    """Return the plan as JSON: times in ms, people and contacts named `_milli` in thousandths."""
    told = msgspec.to_builtins(plan)
    for queue, one in zip(told["queues"], plan.queues, strict=True):
        queue |= {"missing_milli": one.missing_milli, "spare_milli": one.spare_milli}
    return msgspec.json.format(msgspec.json.encode(told | {"assumptions": assumptions(plan, domain)}), indent=2)


def write(plan: Plan, stream: TextIO) -> None:
    """Write a row per queue and hour, times on the wall clock of the domain's zone with their offset."""
    writer = csv.writer(stream)
    writer.writerow(["queue", "at", "open", *_NUMBERS])
    zone = ZoneInfo(plan.zone)
    for queue in plan.queues:
        for one in queue.hours:
            at = datetime.fromtimestamp(one.at / 1_000, zone).isoformat(timespec="minutes")
            numbers = [getattr(one, name) for name in _NUMBERS]
            writer.writerow([plain(queue.queue), at, int(one.open), *("" if value is None else str(value) for value in numbers)])
