"""Who is there, through a real worker: presence events in, the crew in `panes`, people needed and missing in what is said of a
queue; after a kill, too. What the same engines say of the same records in memory is the measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer

from agents.clock import SystemClock
from agents.configuration import load
from pipeline.additions import Additions
from pipeline.codec import encode as encode_ticket
from pipeline.engine import LogRecord, TimeMode, Topic
from pipeline.events import Channel, Event
from pipeline.identity import ticket_key
from pipeline.responders.codec import encode as encode_responder
from pipeline.responders.engine import RespondersEngine
from pipeline.responders.events import Activity, Presence, ResponderEvent, ResponderEventType
from pipeline.signals import Alert, AlertState, ServiceLevel
from pipeline.staffing.crew import CrewBoard, CrewCount
from pipeline.standings import StaffingStanding
from pipeline.windows.engine import SegmentsEngine
from tests.broker.servicelevels import levels_on
from tests.support.broker import KafkaBroker
from tests.support.feed import Reader, apply, tick
from tests.support.finals import committed
from tests.support.liverun import LiveWorker, firstreply
from tests.support.rota import TENANT, event
from tests.support.story import Story
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.broker, pytest.mark.timeout(280)]
M, H = 60_000, 3_600_000
CONFIG = """\
delivery = "exactly_once"
[broker]
bootstrap = "BOOTSTRAP"
[topics]
prefix = "NAME."
ticket_partitions = 2
[worker]
app_id = "NAME"
session_timeout = "6s"
heartbeat_interval = "1s"
[domain]
windows = { "30m" = "30m" }
segments = [[], ["queue"]]
heartbeat = "2s"
[domain.responders]
enabled = true
[domain.staffing]
handling = { chat = "6m" }
within = { chat = "1m" }
[domain.understaffed]
raise_after = "0s"
"""


def chats(now_ms: int) -> list[Event]:
    """Return 40 chats of the last half hour, of which the last ten wait for an answer."""
    found: list[Event] = []
    for number in range(40):
        at = now_ms - 28 * M + number * 40_000
        story = Story(f"T{number}").created(at, channel=Channel.CHAT, queue="billing")
        if number < 30:
            story.reply(at + 20_000)
        found += story.events
    return found


def crew(now_ms: int) -> list[ResponderEvent]:
    """Return five people of a queue: three available, one busy, one at lunch; two of them are on the rota."""
    states = (Presence.AVAILABLE, Presence.AVAILABLE, Presence.AVAILABLE, Presence.BUSY, Presence.AWAY)
    shift: dict[str, Any] = {"starts_at": now_ms - H, "ends_at": now_ms + H, "activity": Activity.WORK}
    there = [presence(f"r{number}", now_ms - M, state) for number, state in enumerate(states)]
    planned = [
        event(ResponderEventType.SHIFT_PLANNED, who, now_ms - 2 * M, shift_id=f"shift of {who}", **shift) for who in ("r0", "r4")
    ]
    return there + planned


def presence(who: str, at: int, state: Presence) -> ResponderEvent:
    return event(ResponderEventType.PRESENCE_CHANGED, who, at, state=state, queues=("billing",), channels=(Channel.CHAT,))


class Centre:
    """The topics of one centre."""

    def __init__(self, kafka: KafkaBroker, name: str, folder: Path) -> None:
        self.bootstrap, self.name, self.config = kafka.bootstrap, name, folder / "c.toml"
        self.config.write_text(CONFIG.replace("BOOTSTRAP", kafka.bootstrap).replace("NAME", name))
        self.domain = load(self.config).domain
        firstreply("topics", "apply", "-c", str(self.config))

    def send(self, tickets: Iterable[Event], responders: Iterable[ResponderEvent]) -> None:
        producer: Any = KafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        for told in responders:
            producer.send(f"{self.name}.responder-events", key=told.tenant.encode(), value=encode_responder(told))
        for one in tickets:
            key = ticket_key(one.tenant, one.ticket_id)
            producer.send(f"{self.name}.ticket-events", key=key, value=encode_ticket(one))
        producer.close()

    def records(self, topic: Topic, now_ms: int) -> list[LogRecord]:
        found = committed(self.bootstrap, f"{self.name}.{topic.value}")
        return [LogRecord(topic.value, 0, offset, now_ms, key, value) for offset, (key, value) in enumerate(found)]

    def level(self) -> ServiceLevel | None:
        levels = levels_on(self.bootstrap, f"{self.name}.service-levels")
        return next((one for one in levels if one.segment == {"queue": "billing"}), None)

    def there(self) -> int | None:
        level = self.level()
        return None if level is None or level.staffing is None else level.staffing.there

    def alert(self) -> Alert | None:
        found = (msgspec.json.decode(value, type=Alert) for _, value in committed(self.bootstrap, f"{self.name}.alerts") if value)
        return next((one for one in reversed(list(found)) if one.rule == "understaffed"), None)

    def alert_says(self, there: int) -> bool:
        alert = self.alert()
        return alert is not None and alert.numbers.get("there") == there


def crew_of(panes: Iterable[LogRecord]) -> CrewBoard:
    """Return the newest crew that was told."""
    told = [msgspec.msgpack.decode(record.value or b"", type=Additions).crew for record in panes]
    return [one for one in told if one is not None][-1]


def crew_in_memory(centre: Centre, now_ms: int) -> CrewBoard:
    engine, reader = RespondersEngine(centre.domain, time=TimeMode.LIVE), Reader()
    reader.take(engine.apply(centre.records(Topic.RESPONDER_EVENTS, now_ms)))
    said = [LogRecord("panes", 0, 0, 0, emit.key, emit.value) for emit in reader.emits if emit.topic is Topic.PANES]
    return crew_of(said)


def standing_in_memory(centre: Centre, panes: list[LogRecord], at_ms: int) -> StaffingStanding | None:
    engine, reader = SegmentsEngine(centre.domain, 0, 2, TimeMode.LIVE), Reader()
    apply(engine, reader, panes)
    tick(engine, reader, at_ms)
    said = [msgspec.json.decode(one.value or b"", type=ServiceLevel) for one in reader.emits if one.topic is Topic.SERVICE_LEVELS]
    return next(one.staffing for one in said if one.segment == {"queue": "billing"})


def agrees(centre: Centre, here: int, planned: int) -> StaffingStanding:
    """Compare what the worker has said of who is there with what the engines say in memory; return it."""
    now_ms, level = SystemClock().now_ms(), centre.level()
    panes = centre.records(Topic.PANES, now_ms)
    assert crew_of(panes).queues == crew_in_memory(centre, now_ms).queues == {"billing": CrewCount(here, planned)}
    assert level is not None
    assert level.staffing is not None
    assert level.staffing == standing_in_memory(centre, panes, level.as_of)
    return level.staffing


def test_who_is_there_reaches_the_queue_and_stays_known_over_a_kill(
    kafka: KafkaBroker, fresh_name: Callable[[str], str], tmp_path: Path
) -> None:
    centre, now_ms = Centre(kafka, fresh_name("crew"), tmp_path), SystemClock().now_ms()
    centre.send(chats(now_ms), [])
    with LiveWorker(centre.config, tmp_path / "worker.log") as worker:
        wait_for(worker.settled(len(chats(now_ms)), 0.5), "every ticket", 60)
        # Judged is once a minute, and whenever it is told anew who is there: here, once all chats are known.
        centre.send([], crew(now_ms))
        wait_for(lambda: centre.there() == 4 and centre.alert_says(4), "the alert", 60)
        first = agrees(centre, 4, 2)
        alert = centre.alert()
        assert alert is not None
        assert (alert.tenant, alert.segment, alert.state) == (TENANT, {"queue": "billing"}, AlertState.FIRING)
        # 40 chats of six minutes in half an hour are eight erlangs, for which four people are too few.
        assert (first.there, first.planned, first.contacts_per_hour) == (4, 2, 80)
        assert first.needed is not None
        assert first.missing == first.needed - 4 > 4
        worker.kill()
    centre.send([], [presence(who, SystemClock().now_ms(), Presence.OFFLINE) for who in ("r0", "r1")])
    with LiveWorker(centre.config, tmp_path / "worker.log") as worker:
        wait_for(lambda: centre.there() == 2, "those who have left", 60)
        second = agrees(centre, 2, 2)
        assert second.missing == (second.needed or 0) - 2
        assert worker.stop() == 0
