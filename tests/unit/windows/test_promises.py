"""Promises about to be broken and just broken, many of one queue at once."""

from __future__ import annotations

from typing import Any

from pipeline.alertrules import SlaAlertsModel
from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.judgement.promises import promise_judges
from pipeline.measures import WORK_INDEX, Work
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.openwork import StartTimes
from tests.support.feed import EDGES_MS, Feed, Reader, apply

M, H = 60_000, 3_600_000
NOW = 1_767_614_400_000
"""2026-01-05 12:00 UTC."""
LEAF = ("billing", "chat", "normal")


def told(reader: Reader, rule: str) -> list[dict[str, Any]]:
    return [alert for alert in reader.decoded("alerts") if alert["rule"] == rule]


def test_what_was_broken_long_ago_does_not_hold_for_ever() -> None:
    work = [StartTimes() for _ in Work]
    at_risk, breached = promise_judges(SlaAlertsModel(breached=2, at_risk=2), work)
    times = work[WORK_INDEX[Work.BREACHED]]
    times.add(NOW // M - 600, 5, 0)
    times.add(NOW // M - 59, 1, 0)
    assert not breached.judge(NOW).holds
    times.add(NOW // M, 1, 0)
    verdict = breached.judge(NOW)
    assert (verdict.holds, verdict.counted, verdict.open, verdict.oldest_at) == (True, 2, 7, NOW - 600 * M)
    assert not breached.judge(NOW + M).holds
    assert not at_risk.judge(NOW).holds


def test_the_engine_says_both_and_takes_them_back() -> None:
    domain = Domain(edges=EDGES_MS, sla_alerts=SlaAlertsModel(at_risk=2, breached=2, clear_after=0))
    engine, reader, feed = SegmentsEngine(domain, 0, 1, TimeMode.EVENT), Reader(), Feed()
    feed.waits(LEAF, NOW - 5 * M, Work.AT_RISK, 3)
    feed.waits(LEAF, NOW - 9 * M, Work.BREACHED, 2)
    apply(engine, reader, [feed.record(NOW, passed=NOW)])
    (risk,), (broken,) = told(reader, "sla_at_risk"), told(reader, "sla_breached")
    assert risk["summary"] == "billing: 3 promises about to be broken, the oldest since 11:55 UTC; nobody waits"
    assert broken["summary"] == (
        "billing: 2 promises broken within 1h and still open, 2 in all, the oldest since 11:51 UTC; nobody waits"
    )
    assert risk["severity"] == broken["severity"] == "warn"
    assert risk["numbers"] == {"clocks": 3, "clocks_open": 3}
    feed.waits(LEAF, NOW - 5 * M, Work.AT_RISK, -3)
    apply(engine, reader, [feed.record(NOW + M, passed=NOW + M)])
    assert told(reader, "sla_at_risk")[-1]["state"] == "resolved"
    apply(engine, reader, [feed.record(0, passed=NOW + H)])
    last = told(reader, "sla_breached")[-1]
    assert (last["state"], last["resolved_at"]) == ("resolved", NOW + 51 * M)
