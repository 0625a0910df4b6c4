"""Everything between the events and the person: real Kafka, a real worker, the real notifier, a real Alertmanager with the
configuration that is deployed, and a receiver that keeps what arrives."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from pipeline.events import ActorKind, Channel, Event, EventType, Status
from tests.support.alerting import AlertmanagerProcess, NotifierProcess, Received, Receiver
from tests.support.broker import ROOT, KafkaBroker
from tests.support.chaos.sending import send
from tests.support.chaos.world import World
from tests.support.waiting import wait_for

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
    """All of it, started."""

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
        self.doubles: list[NotifierProcess] = []
        self.events = 0

    def explain(self) -> str:
        """Return what everybody printed."""
        logs = [worker.printed for worker in self.world.workers]
        logs += [child.log_path.read_text(errors="replace") for child in (self.notifier, self.alertmanager)]
        return "\n".join([*(log[-3_000:] for log in logs), f"held: {self.alertmanager.alerts()}"])

    def close(self) -> None:
        for notifier in (self.notifier, *self.doubles):
            notifier.close()
        for worker in self.world.workers:
            worker.dispose()
        self.alertmanager.close()
        self.receiver.__exit__()

    def wait_begins(self, queue: str = "billing", times: int = 1) -> None:
        """Customers have waited for half a minute for a first reply, where a second is usual; say each event so many times."""
        actor = ActorKind.CUSTOMER
        self._send(queue, EventType.CREATED, actor=actor, created_by=actor, age_ms=30_000, times=times)

    def wait_ends(self, queue: str = "billing") -> None:
        """Their tickets are solved."""
        self._send(queue, EventType.STATUS_CHANGED, actor=ActorKind.RESPONDER, status=Status.SOLVED)

    def _send(self, queue: str, kind: EventType, age_ms: int = 0, times: int = 1, **fields: Any) -> None:
        self.events += 1
        at = time.time_ns() // 1_000_000 - age_ms
        common: dict[str, Any] = {"type": kind, "tenant": "acme", "channel": Channel.CHAT, "queue": queue, "occurred_at": at}
        events = [
            Event(id=f"{self.events}-{number}", ticket_id=f"{queue}-{number}", **common, **fields) for number in range(TICKETS)
        ]
        send(self.world, events * times)

    def double(self) -> None:
        """Start a second notifier beside the first one, as an operator's mistake would."""
        self.doubles.append(NotifierProcess(self.configuration).start())

    def replace_worker(self) -> None:
        """Start another worker in the place of one that is gone, and wait until it has taken over."""
        self.world.take_off(self.worker)
        self.worker = self.world.start()
        wait_for(lambda: self.worker.committed().keys() == self.world.txns.keys(), "the new worker", 90)

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
