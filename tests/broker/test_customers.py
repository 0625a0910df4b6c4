"""Measures of customers on a real broker: three stages, a worker killed on the way, an erasure at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from agents.configuration import load
from pipeline.additions import Additions
from pipeline.arrival import keyed
from pipeline.codec import encode
from pipeline.customers.contact import customer_of
from pipeline.engine import Topic
from pipeline.events import Channel, Event, EventType, Status
from pipeline.offline import OfflineRun
from pipeline.signals import Repeat
from tests.oracle import Oracle
from tests.support.broker import KafkaBroker
from tests.support.finals import committed, final_outputs
from tests.support.liverun import LiveWorker, firstreply
from tests.support.story import Story, utc
from tests.support.sums import Sums
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

SALT = "a salt for this test only"
MINUTE_MS = 60_000
CLOSE_AFTER_MS = 3_600_000
HALFWAY = "2026-03-23 00:00"
CONFIG = f"""\
time = "event"
delivery = "exactly_once"
[broker]
bootstrap = "BOOTSTRAP"
[topics]
prefix = "NAME."
ticket_partitions = 3
contact_partitions = 2
[worker]
app_id = "NAME"
batch_records = 40
session_timeout = "10s"
heartbeat_interval = "2s"
[domain]
event_tick = "1h"
dimensions = ["queue", "channel", "topic"]
segments = [[], ["topic"], ["topic", "channel"]]
windows = {{ "1d" = "1d", "7d" = "7d" }}
topics = {{ refund = ["refund"], login = ["login", "password"] }}
[domain.jump]
segments = [[]]
[domain.customers]
salt = "{SALT}"
horizon = "3d"
journey_gap = "2d"
"""


def events() -> list[Event]:
    """Return six weeks of 250 tickets by twenty customers, and who was won and lost meanwhile."""
    random, found = Random(7), []
    begin = utc("2026-03-02 00:00")
    for number in range(250):
        at = begin + random.randrange(42 * 1440) * MINUTE_MS
        story = Story(f"T{number}").created(
            at,
            requester=f"customer{min(random.randrange(30), 19)}",
            channel=random.choice((Channel.EMAIL, Channel.CHAT, Channel.PHONE)),
            queue=random.choice(("billing", "technical")),
        )
        at += random.randrange(1, 600) * MINUTE_MS
        story.change(at, tags=(random.choice(("refund", "login", "password", "other")),))
        if random.random() < 0.85:
            at += random.randrange(1, 1440) * MINUTE_MS
            story.solve(at)
        if random.random() < 0.2:
            story.status(at + random.randrange(1, 7200) * MINUTE_MS, Status.OPEN)
        found += story.events
    for number in range(12):
        kind = EventType.CUSTOMER_WON if number < 8 else EventType.CUSTOMER_LOST
        at = begin + number * 72 * 60 * MINUTE_MS
        found.append(
            Event(type=kind, id=f"r{number}", tenant="acme", ticket_id="", occurred_at=at, requester=f"customer{number % 8 + 1}")
        )
    found.sort(key=lambda event: event.occurred_at)
    last = found[-1].occurred_at + 24 * 60 * MINUTE_MS
    erasure = Event(type=EventType.CUSTOMER_ERASED, id="e", tenant="acme", ticket_id="", occurred_at=last, requester="customer19")
    return [*found, erasure]


def whole(bootstrap: str, topic: str) -> Iterator[bytes]:
    for key, value in committed(bootstrap, topic):
        yield (key or b"") + b"\0" + (value or b"")


def test_three_stages_a_kill_and_an_erasure(kafka: KafkaBroker, fresh_name: Callable[[str], str], tmp_path: Path) -> None:
    name = fresh_name("customers")
    config, log, told = tmp_path / "c.toml", tmp_path / "log.ndjson", events()
    config.write_text(CONFIG.replace("BOOTSTRAP", kafka.bootstrap).replace("NAME", name))
    log.write_bytes(b"\n".join(encode(event) for event in told))
    firstreply("topics", "apply", "-c", str(config))
    after = f"{CLOSE_AFTER_MS // 1_000}s"
    # What comes after the kill is left to the second worker, however quick the first one was.
    firstreply("replay", str(log), "-c", str(config), "--clock", "6h", "--until", HALFWAY)
    with LiveWorker(config, tmp_path / "worker.log") as worker:
        wait_for(lambda: worker.total("support_pipeline_contacts_total") > 20, "customers are told of", 60)
        worker.kill()
    firstreply("replay", str(log), "-c", str(config), "--clock", "6h", "--from", HALFWAY, "--until-after", after)
    with LiveWorker(config, tmp_path / "worker.log") as worker:
        wait_for(worker.settled(1), "the worker has read everything", 120)
        assert worker.stop() == 0

    with log.open("rb") as stream:
        lines = list(keyed(stream))
    domain, until_ms = load(config).domain, lines[-1][2] + CLOSE_AFTER_MS
    truth = Oracle(domain).run(told, until_ms)
    sums = Sums()
    for _, value in committed(kafka.bootstrap, f"{name}.panes"):
        assert value is not None
        sums.additions(msgspec.msgpack.decode(value, type=Additions))
    assert sums.plain_codes() == truth.codes()
    assert sums.plain_work() == truth.work_starts()

    live = final_outputs(kafka.bootstrap, f"{name}.")
    erased = {event.ticket_id for event in told if event.requester == "customer19"}
    expected = {(tenant, ticket) for tenant, ticket in truth.customers.repeats if ticket not in erased}
    repeats = [msgspec.json.decode(value, type=Repeat) for value in live.compacted[Topic.REPEATS].values()]
    assert {(repeat.tenant, repeat.ticket_id) for repeat in repeats} == expected
    assert len(expected) > 20
    offline = OfflineRun(domain, partitions=3, contact_partitions=2)
    offline.feed(lines)
    assert live.digest() == offline.close(until_ms).digest()

    customer = customer_of("acme", "customer19", SALT.encode())
    rows = {}
    for topic in ("tickets-changelog", "customers-changelog"):
        for key, value in committed(kafka.bootstrap, f"{name}.{topic}"):
            rows[topic, key] = value or b""
    assert any(ticket.encode() in (key or b"") for ticket in erased for _, key in rows)
    assert not [key for key, value in rows.items() if customer in value]
