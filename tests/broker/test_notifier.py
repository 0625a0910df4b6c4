"""From an event to a page: real Kafka, a real worker, the real notifier, a real Alertmanager with the configuration that is
deployed, and a receiver that keeps what arrives."""

from __future__ import annotations

import http.client
import json
import time

import pytest

from agents.notifier.signature import key_of, verify
from tests.support.alerting import get
from tests.support.desk import SHARED, Desk
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.broker, pytest.mark.timeout(280)]


def test_a_jump_pages_once_and_resolves_once_whatever_is_killed(desk: Desk) -> None:
    desk.wait_begins()
    wait_for(desk.pages, "the page", 90)
    (alert,) = desk.pages()[0]["alerts"]
    assert alert["labels"] == {"alertname": "frt_jump", "severity": "page", "tenant": "acme", "queue": "billing"}
    assert alert["annotations"]["summary"].startswith("billing: first replies take ")
    assert {"description", "runbook_url", "dashboard_url"} <= alert["annotations"].keys()
    wait_for(lambda: desk.notices("firing"), "the webhook")

    desk.worker.kill()
    desk.notifier.kill9()
    desk.notifier.start()
    desk.replace_worker()

    # Alertmanager is away, and forgets what it was told: it stands there again without another page.
    desk.alertmanager.stop()
    desk.alertmanager.start()
    wait_for(desk.held, "the alert is asserted again", 30)
    desk.wait_begins("sales")  # a page that comes after all of that shows that the way is open
    wait_for(lambda: len(desk.pages()) == 2, "the page of the other queue", 60)
    assert [page["groupLabels"]["queue"] for page in desk.pages()] == ["billing", "sales"]

    desk.wait_ends()
    wait_for(lambda: desk.pages("resolved"), "the resolution", 150)
    wait_for(lambda: desk.notices("resolved"), "the webhook of the resolution")
    assert [page["groupLabels"]["queue"] for page in desk.pages("resolved")] == ["billing"]
    assert len(desk.pages()) == 2
    assert [request.json["labels"]["queue"] for request in desk.notices("firing")] == ["billing", "sales"]
    assert len(desk.notices("resolved")) == 1
    for request in desk.receiver.at("/desk"):
        assert verify(key_of(SHARED), request.headers, request.body, time.time_ns() // 10**9) == request.json["id"]
    began = time.monotonic()
    desk.notifier.stop()
    assert time.monotonic() - began < 5


def test_people_acknowledge_and_snooze(desk: Desk) -> None:
    desk.wait_begins()
    wait_for(desk.pages, "the page", 90)
    assert "frt_jump:acme:queue=billing:" in desk.command("list")
    assert "Acknowledged" in desk.command("ack", "queue=billing", "--by", "ann", "--note", "two people moved over")
    wait_for(
        lambda: any("Acknowledged by ann" in alert["annotations"]["description"] for alert in desk.held()), "the acknowledgement"
    )
    assert "two people moved over" in desk.command("show", "queue=billing")
    desk.command("snooze", "queue=billing", "--for", "1h", "--by", "ann")
    wait_for(lambda: desk.held()[0]["status"]["state"] == "suppressed", "the silence")
    desk.notifier.restart()
    desk.command("snooze", "queue=billing", "--for", "0s")
    wait_for(lambda: desk.held()[0]["status"]["state"] == "active", "the end of the silence")
    status, page = get(desk.notifier.port, "/metrics")
    assert status == http.client.OK
    assert 'support_notifier_alerts{state="firing"} 1.0' in page
    assert json.loads(get(desk.alertmanager.port, "/api/v2/silences")[1])
