"""`firstreply verify` on a real broker: a short run agrees, damage in an output topic is found and named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer
from msgspec.structs import replace

from agents.clock import SystemClock
from pipeline.codec import encode
from pipeline.events import Event
from pipeline.identity import ticket_key
from pipeline.signals import SlaEvent, SlaEventType, TicketClocks
from tests.support.broker import KafkaBroker
from tests.support.finals import committed
from tests.support.liverun import LiveWorker, firstreply
from tests.support.lives import UNTIL_MS, disorder, duplicate, lives
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

CONFIG = """
time = "TIME"
delivery = "exactly_once"
[broker]
bootstrap = "BOOTSTRAP"
[topics]
prefix = "NAME."
ticket_partitions = 3
[worker]
app_id = "NAME"
session_timeout = "10s"
heartbeat_interval = "2s"
[domain]
windows = { "1d" = "1d", "7d" = "7d" }
heartbeat = "2s"
event_tick = "1h"
reopen_horizon = "100d"
[[domain.policies]]
name = "standard"
[[domain.policies.targets]]
measure = "first_reply"
within = { urgent = "30m", high = "2h", normal = "8h", low = "3d" }
[[domain.policies.targets]]
measure = "first_resolution"
within = { urgent = "1d", high = "2d", normal = "5d", low = "10d" }
[[domain.policies.targets]]
measure = "periodic_update"
within = { urgent = "2h", high = "8h", normal = "1d", low = "3d" }
"""


def verified(config: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-c", "from agents.cli import main; main()", "verify", "-c", str(config), "--format", "json"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 1), done.stderr[-2_000:]
    assert done.stdout, done.stderr[-2_000:]
    return done.returncode, json.loads(done.stdout)


def log(time: str) -> list[Event]:
    """Return lives with late events and duplicates; live, they end now."""
    events = duplicate(disorder(lives(60, seed=11), 0.05, 3_600_000, seed=11), 0.02, seed=11)
    shift = 0 if time == "event" else SystemClock().now_ms() - UNTIL_MS
    return [
        replace(event, occurred_at=event.occurred_at + shift, ingested_at=None if shift else event.ingested_at, created_at=None)
        for event in events
    ]


@pytest.mark.parametrize("time", ["event", "live"])
def test_a_run_agrees_and_damage_is_found(
    kafka: KafkaBroker, fresh_name: Callable[[str], str], tmp_path: Path, time: str
) -> None:
    name, config = fresh_name("verify"), tmp_path / "c.toml"
    config.write_text(CONFIG.replace("BOOTSTRAP", kafka.bootstrap).replace("NAME", name).replace("TIME", time))
    firstreply("topics", "apply", "-c", str(config))
    events = log(time)
    producer: Any = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    if time == "event":
        file = tmp_path / "log.ndjson"
        file.write_bytes(b"\n".join(map(encode, events)))
        firstreply("replay", str(file), "-c", str(config), "--clock", "6h", "--until-after", "1d")
    else:
        for event in events:
            producer.send(f"{name}.ticket-events", key=ticket_key(event.tenant, event.ticket_id), value=encode(event))
        producer.flush()
    written = sum(1 for _ in committed(kafka.bootstrap, f"{name}.ticket-events"))
    with LiveWorker(config, tmp_path / "worker.log") as worker:
        if time == "event":
            wait_for(worker.settled(written), "the worker has read everything", 120)
        else:
            applied = "support_pipeline_records_total"
            wait_for(lambda: worker.total(applied, stage="tickets") >= written, "the worker has read everything", 120)
        code, report = verified(config, "--metrics-url", f"http://127.0.0.1:{worker.port}/metrics")
        assert [finding for checked in report["checks"] for finding in checked["findings"]] == []
        assert (code, report["agrees"]) == (0, True)
        assert {checked["check"] for checked in report["checks"]} == {
            *("tickets", "waits", "promises", "sums", "state", "metrics"),
        }
        assert all(checked["compared"] for checked in report["checks"])
        assert worker.stop() == 0

    said = [msgspec.json.decode(value, type=SlaEvent) for _, value in committed(kafka.bootstrap, f"{name}.sla-events") if value]
    breach = next(event for event in said if event.type is SlaEventType.BREACHED)
    producer.send(f"{name}.sla-events", key=ticket_key(breach.tenant, breach.ticket_id), value=msgspec.json.encode(breach))
    clocks = dict(committed(kafka.bootstrap, f"{name}.clocks"))
    key, value = next((key, value) for key, value in clocks.items() if value and b'"due_at"' in value)
    moved = msgspec.json.decode(value, type=TicketClocks)
    later = tuple(replace(clock, due_at=(clock.due_at or 0) + 60_000) for clock in moved.clocks)
    producer.send(f"{name}.clocks", key=key, value=msgspec.json.encode(replace(moved, clocks=later)))
    producer.close()
    code, report = verified(config)
    found = {(finding["check"], finding["ticket_id"]) for checked in report["checks"] for finding in checked["findings"]}
    assert (code, found) == (1, {("promises", breach.ticket_id), ("tickets", moved.ticket_id)})
    assert set(report["advice"]) == {"promises", "tickets"}
