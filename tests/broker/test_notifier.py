"""From an event to a page: real Kafka, a real worker, the real notifier, a real Alertmanager with the configuration that is
deployed, and a receiver that keeps what arrives."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.notifier.signature import key_of, verify
from pipeline.events import ActorKind, Channel, Event, EventType, Status
from tests.support.alerting import AlertmanagerMissingError, AlertmanagerProcess, NotifierProcess, Received, Receiver, get
from tests.support.broker import ROOT, KafkaBroker
from tests.support.chaos.sending import send
from tests.support.chaos.world import World
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.broker, pytest.mark.timeout(280)]
DEPLOYED = ROOT / "deploy" / "alertmanager"
SHARED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TICKETS = 12
DOMAIN = """
delivery = "exactly_once"
[worker]
session_timeout = "6s"
heartbeat_interval = "1s"
[log]
level = "info"
[notifier]
escalate_after = ["1h"]
dashboard_url = "http://127.0.0.1/board?queue={{queue}}"
[notifier.alertmanager]
urls = ["{alertmanager}"]
resend = "2s"
expire = "2m"
longest_backoff = "1s"
[[notifier.webhooks]]
name = "desk"
url = "http://127.0.0.1:{receiver}/desk"
secret = "{secret}"
longest_backoff = "1s"
[domain]
windows = {{ 5m = "5m" }}
segments = [[], ["queue"]]
heartbeat = "2s"
[domain.lag]
limit = "20s"
[domain.silence]
[domain.jump]
window = "1m"
floor = "1s"
minimum_count = 3
cold_usual = "1s"
raise_after = "0s"
clear_after = "1s"
"""


def configured(folder: Path, receiver_port: int) -> Path:
    """Write the deployed configuration with every receiver replaced by a webhook to a path of its name."""
    deployed = yaml.safe_load((DEPLOYED / "alertmanager.yml").read_text(encoding="utf-8"))
    deployed["templates"] = [str(DEPLOYED / "templates" / "*.tmpl")]
    deployed["receivers"] = [
        {"name": one["name"], "webhook_configs": [{"url": f"http://127.0.0.1:{receiver_port}/{one['name']}"}]}
        for one in deployed["receivers"]
    ]
    deployed["route"]["group_interval"] = "2s"
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(deployed), encoding="utf-8")
    return path


class Desk:
    """Everything between the events and the person."""

    def __init__(self, kafka: KafkaBroker, name: str, folder: Path) -> None:
        self.receiver = Receiver().__enter__()
        self.alertmanager = AlertmanagerProcess(configured(folder, self.receiver.port)).start()
        text = DOMAIN.format(alertmanager=self.alertmanager.url, receiver=self.receiver.port, secret=SHARED)
        domain = folder / "domain.toml"
        domain.write_text(text, encoding="utf-8")
        self.world = World(kafka, name, domain)
        configuration = folder / "firstreply.toml"
        address = f'[broker]\nbootstrap = "{kafka.bootstrap}"\n'
        configuration.write_text(f"{self.world.config.read_text(encoding='utf-8')}\n{address}", encoding="utf-8")
        self.configuration = configuration
        self.worker = self.world.start()
        self.notifier = NotifierProcess(configuration).start()
        self.events = 0

    def explain(self) -> str:
        """Return what everybody printed."""
        logs = [worker.printed for worker in self.world.workers]
        logs += [child.log_path.read_text(errors="replace") for child in (self.notifier, self.alertmanager)]
        return "\n".join([*(log[-3_000:] for log in logs), f"held: {self.alertmanager.alerts()}"])

    def close(self) -> None:
        self.notifier.close()
        for worker in self.world.workers:
            worker.dispose()
        self.alertmanager.close()
        self.receiver.__exit__()

    def wait_begins(self, queue: str = "billing") -> None:
        """Customers have waited for half a minute for a first reply, where a second is usual."""
        self._send(queue, EventType.CREATED, actor=ActorKind.CUSTOMER, created_by=ActorKind.CUSTOMER, age_ms=30_000)

    def wait_ends(self, queue: str = "billing") -> None:
        """Their tickets are solved."""
        self._send(queue, EventType.STATUS_CHANGED, actor=ActorKind.RESPONDER, status=Status.SOLVED)

    def _send(self, queue: str, kind: EventType, age_ms: int = 0, **fields: Any) -> None:
        self.events += 1
        at = time.time_ns() // 1_000_000 - age_ms
        common: dict[str, Any] = {"type": kind, "tenant": "acme", "channel": Channel.CHAT, "queue": queue, "occurred_at": at}
        events = [
            Event(id=f"{self.events}-{number}", ticket_id=f"{queue}-{number}", **common, **fields) for number in range(TICKETS)
        ]
        send(self.world, events)

    def pages(self, status: str = "firing", receiver: str = "on-call") -> list[dict[str, Any]]:
        """Return what Alertmanager sent to a receiver."""
        return [page for request in self.receiver.at(f"/{receiver}") if (page := request.json)["status"] == status]

    def notices(self, turn: str) -> list[Received]:
        """Return the notifier's own webhooks."""
        return [request for request in self.receiver.at("/desk") if request.json["type"] == f"support.alert.{turn}"]

    def held(self, queue: str = "billing") -> list[dict[str, Any]]:
        return [alert for alert in self.alertmanager.alerts() if alert["labels"].get("queue") == queue]

    def command(self, *arguments: str) -> str:
        command = [sys.executable, "-c", "from agents.cli import main; main()", "alerts", *arguments]
        done = subprocess.run(
            [*command, "--config", str(self.configuration)], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def desk(kafka: KafkaBroker, tmp_path: Path, fresh_name: Any) -> Iterator[Desk]:
    try:
        made = Desk(kafka, fresh_name("desk"), tmp_path)
    except AlertmanagerMissingError as missing:
        pytest.skip(str(missing))
    try:
        yield made
        sys.stdout.write(made.explain())  # pytest shows it where the test failed
    finally:
        made.close()


def test_a_jump_pages_once_and_resolves_once_whatever_is_killed(desk: Desk) -> None:
    desk.wait_begins()
    wait_for(desk.pages, "the page", 90)
    (alert,) = desk.pages()[0]["alerts"]
    assert alert["labels"] == {"alertname": "frt_jump", "severity": "page", "tenant": "acme", "queue": "billing"}
    assert alert["annotations"]["summary"].startswith("billing: first replies take ")
    assert {"description", "runbook_url", "dashboard_url"} <= alert["annotations"].keys()
    wait_for(lambda: desk.notices("firing"), "the webhook")

    desk.worker.kill()
    desk.world.take_off(desk.worker)
    desk.notifier.kill9()
    desk.worker = desk.world.start()
    desk.notifier.start()
    wait_for(lambda: desk.worker.committed().keys() == desk.world.txns.keys(), "the new worker", 90)

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
