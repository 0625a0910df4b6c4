"""Whatever is away, killed or doubled between a ticket and a person: in the end each true alert is there once, and over once.

Every fault is armed on a condition, and a run in which one of them hit nothing fails: it would prove nothing. `CHAOS=full` has
Alertmanager away for three minutes.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pipeline.engine import Topic
from pipeline.judgement.jump import NAME
from pipeline.signals import Alert, AlertState
from tests.broker.servicelevels import newest_on
from tests.support.alerting import get
from tests.support.chaos.world import InconclusiveError
from tests.support.desk import TICKETS, Desk
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.broker, pytest.mark.timeout(520)]
FULL = os.environ.get("CHAOS") == "full"
OUTAGE_SECONDS = 180.0 if FULL else 5.0
"""Longer than any pause between two attempts (2 s), and in full longer than what Alertmanager was told to keep (2 min)."""
FAILED_ATTEMPTS = 3
WANTED_MS = 5_000
"""From detection to the page. A busy machine may take ten times as long; what it took is printed."""


def hit(condition: object, fault: str) -> None:
    """Let a run fail in which a fault hit nothing.

    Raises:
        InconclusiveError: it did not.

    """
    if not condition:
        raise InconclusiveError(fault)


def failed(desk: Desk) -> float:
    """Return how often Alertmanager did not take what the notifier said."""
    wanted = f'support_notifier_deliveries_total{{outcome="failed",target="alertmanager {desk.alertmanager.url}"}} '
    page = get(desk.notifier.port, "/metrics")[1]
    return sum(float(line.removeprefix(wanted)) for line in page.splitlines() if line.startswith(wanted))


def duplicates(desk: Desk) -> float:
    """Return how many events the worker has taken for duplicates."""
    return sum(value for (_, labels), value in desk.worker.scrape().items() if "duplicate" in dict(labels).values())


def turns(desk: Desk, turn: str) -> Counter[tuple[str, str]]:
    """Return how often each notice of a turn came: queue and id of the delivery."""
    notices = [request for request in desk.notices(turn) if request.json["labels"]["alertname"] == NAME]
    return Counter((notice.json["labels"]["queue"], notice.json["id"]) for notice in notices)


def paged(desk: Desk, status: str = "firing") -> list[str]:
    """Return the queues of the pages, in their order."""
    return [page["groupLabels"]["queue"] for page in desk.pages(status)]


def measured(desk: Desk) -> dict[str, int]:
    """Return how long it took from detection to the receivers, ms: the signed webhook, and Alertmanager's page."""
    (notice, *_), page = desk.notices("firing"), desk.receiver.at("/on-call")[0]
    detected_ms = notice.json["alert"]["raised_at"]
    return {"webhook": notice.arrived_ms - detected_ms, "page by Alertmanager": page.arrived_ms - detected_ms}


def until(desk: Desk, condition: Callable[[], object], what: str) -> None:
    """Wait for what may take as long as an outage, a restart and a busy machine."""
    try:
        wait_for(condition, what, 120)
    except AssertionError as late:
        msg = f"{late}\n{desk.explain()}"
        raise AssertionError(msg) from late


def test_each_true_alert_is_there_once_and_over_once(desk: Desk) -> None:
    # Every event comes twice, and the answers to the first two notices get lost: they are delivered again.
    desk.receiver.losing["/desk"] = 2
    desk.wait_begins("billing", times=2)
    until(desk, desk.pages, "the page")
    until(desk, lambda: desk.notices("firing"), "the webhook")
    took = measured(desk)
    sys.stdout.write(f"from detection: {took} ms, {WANTED_MS} wanted\n")
    assert max(took.values()) <= 10 * WANTED_MS
    until(desk, lambda: turns(desk, "firing").total() == 3, "the notice whose answers were lost, taken")
    hit(duplicates(desk) >= TICKETS, "no event was a duplicate")
    desk.double()

    # Alertmanager goes; then, while billing fires and sales begins to, the worker is killed.
    desk.alertmanager.stop()
    away = time.monotonic()
    before = failed(desk)
    owned = desk.worker.committed()
    hit(owned and {alert.state for alert in alerts(desk)["billing"]} == {AlertState.FIRING}, "nothing fired")
    desk.worker.kill()
    hit(desk.worker.code == -signal.SIGKILL, "the worker had ended by itself")
    desk.wait_begins("sales")
    desk.replace_worker()
    until(desk, lambda: len(turns(desk, "firing")) == 2, "the notice of sales, which began while nobody worked")
    desk.wait_ends("billing")
    desk.wait_begins("returns")  # begins and ends while Alertmanager is away
    until(desk, lambda: len(turns(desk, "firing")) == 3, "the notice of returns")
    desk.wait_ends("returns")
    until(desk, lambda: len(turns(desk, "resolved")) == 2, "the notices that billing and returns are over")
    missed = lambda: failed(desk) - before  # noqa: E731 - read in two places
    wait_for(lambda: time.monotonic() - away >= OUTAGE_SECONDS and missed() >= FAILED_ATTEMPTS, "the outage", OUTAGE_SECONDS + 60)
    hit(paged(desk) == ["billing"] and not paged(desk, "resolved"), "a page went out while Alertmanager was away")
    sys.stdout.write(f"Alertmanager was away for {time.monotonic() - away:.0f} s: {missed():.0f} attempts failed\n")
    desk.alertmanager.start()
    back = time.monotonic()

    # What fires stands there again, what is over is over, and what came and went meanwhile is no page any more.
    until(desk, lambda: "sales" in paged(desk) and "billing" in paged(desk, "resolved"), "Alertmanager has caught up")
    sys.stdout.write(f"caught up {time.monotonic() - back:.1f} s after it was back\n")
    assert firing(desk) == ["sales"]
    desk.wait_ends("sales")
    until(desk, lambda: "sales" in paged(desk, "resolved"), "the end of sales")
    until(desk, lambda: len(turns(desk, "resolved")) == 3, "the notice that sales is over")
    until(desk, lambda: not firing(desk), "an Alertmanager in which nothing fires")

    assert sorted(paged(desk)) == ["billing", "sales"]
    assert sorted(paged(desk, "resolved")) == ["billing", "sales"]
    told = turns(desk, "firing"), turns(desk, "resolved")
    for once in told:
        assert sorted(queue for queue, _ in once) == ["billing", "returns", "sales"], once
    hit(told[0].total() > 3 + 2 and told[1].total() > 3, "the second notifier has doubled nothing")
    for queue, (alert, *more) in alerts(desk).items():
        assert not more, queue
        assert alert.state is AlertState.RESOLVED, queue


def alerts(desk: Desk) -> dict[str, list[Alert]]:
    """Return the alerts of the rule in the topic, by queue."""
    found: dict[str, list[Alert]] = {}
    for value in newest_on(desk.world.broker.bootstrap, desk.world.topic(Topic.ALERTS)).values():
        alert: Any = None if value is None else msgspec.json.decode(value, type=Alert)
        if alert is not None and alert.rule == NAME:
            found.setdefault(alert.segment["queue"], []).append(alert)
    return found


def firing(desk: Desk) -> list[str]:
    """Return the queues for which Alertmanager holds a page that is active."""
    held = [alert for alert in desk.alertmanager.alerts() if alert["labels"]["alertname"] == NAME]
    return sorted(alert["labels"]["queue"] for alert in held if alert["status"]["state"] == "active")
