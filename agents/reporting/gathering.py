"""What a report is made from: a log that is run through the pipeline here, or what the pipeline has published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec

from agents.history import Told, from_topic
from agents.settings import Settings
from pipeline.additions import Additions
from pipeline.config import Domain
from pipeline.engine import Emit, Topic
from pipeline.offline import OfflineRun
from pipeline.reporting.build import Ending
from pipeline.reporting.cube import Cube
from pipeline.signals import Alert, ServiceLevel, TicketClocks

_T = TypeVar("_T")


class Gathered(NamedTuple):
    """Everything that was added, and how things stood at the end."""

    cube: Cube
    ending: Ending
    latest_ms: int


def from_log(domain: Domain, records: Iterable[Told], until_ms: int | None = None) -> Gathered:
    """Run a log, up to `until_ms`, through the pipeline."""
    cube = Cube(domain.dimensions)
    latest_ms = settled_ms = 0
    alerts: dict[bytes, bytes] = {}
    """Every alert as it was said last: a report goes further back than the topic keeps what is over."""
    last: dict[bytes, bytes] = {}
    """What was said last of each ticket. In a batch as long as the horizon a ticket would be forgotten before it is told of."""

    def hear(emit: Emit) -> None:
        if emit.topic is Topic.PANES and emit.value is not None:
            cube.add(msgspec.msgpack.decode(emit.value, type=Additions))
        if emit.topic is Topic.CLOCKS and emit.value is not None:
            last[emit.key or b""] = emit.value
        if emit.topic is Topic.ALERTS and emit.value is not None:
            alerts[emit.key or b""] = emit.value

    run = OfflineRun(domain, heard=hear)
    for record in records:
        if until_ms is not None and record.at_ms >= until_ms:
            break
        if record.at_ms - settled_ms >= domain.reopen_horizon // 2:
            run.settle()
            settled_ms = record.at_ms
        latest_ms = record.at_ms
        run.feed([(record.key, record.value or b"", record.at_ms)])
    run.settle()
    outputs = run.close(latest_ms + 1 if until_ms is None else until_ms)
    kept = outputs.compacted
    ending = Ending(
        _decoded(kept[Topic.CLOCKS].values(), TicketClocks),
        _decoded((value for key, value in last.items() if key not in kept[Topic.CLOCKS]), TicketClocks),
        _decoded(kept[Topic.SERVICE_LEVELS].values(), ServiceLevel),
        _decoded(alerts.values(), Alert),
    )
    return Gathered(cube, ending, latest_ms + 1 if until_ms is None else until_ms)


def from_topics(settings: Settings) -> Gathered:
    """Read what the pipeline has published: `panes`, as long as they are retained, and the newest of the compacted topics.

    Raises:
        MissingTopicError: a topic is not there.
        OSError, KafkaError: the broker does not answer.

    """
    cube = Cube(settings.domain.dimensions)
    for told in from_topic(settings, Topic.PANES):
        if told.value is not None:
            cube.add(msgspec.msgpack.decode(told.value, type=Additions))
    levels = _newest(settings, Topic.SERVICE_LEVELS, ServiceLevel)
    ending = Ending(_newest(settings, Topic.CLOCKS, TicketClocks), (), levels, _newest(settings, Topic.ALERTS, Alert))
    return Gathered(cube, ending, max((level.as_of for level in levels), default=0))


def _newest(settings: Settings, topic: Topic, kind: type[_T]) -> list[_T]:
    kept: dict[bytes, bytes] = {}
    for told in from_topic(settings, topic):
        if told.value is None:
            kept.pop(told.key or b"", None)
        else:
            kept[told.key or b""] = told.value
    return _decoded(kept.values(), kind)


def _decoded(values: Iterable[bytes], kind: type[_T]) -> list[_T]:
    return [msgspec.json.decode(value, type=kind) for value in values]
