"""The topics of the pipeline, declared in one place: names, partitions, retention, cleanup. `agents.topicadmin` applies it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from agents.settings import TopicSettings
from pipeline.config import DAY_MS, HOUR_MS
from pipeline.duration import show
from pipeline.engine import CUSTOMER_TOPICS, TimeMode, Topic

APPLY = "run: firstreply topics apply"
_MIB = 1 << 20


class Changelog(StrEnum):
    """The private state of each stage. Nothing but its own stage reads it."""

    TICKETS = "tickets-changelog"
    SEGMENTS = "segments-changelog"
    CUSTOMERS = "customers-changelog"
    """Only there when measures of customers are configured."""
    RESPONDERS = "responders-changelog"


class TopicSpec(msgspec.Struct, frozen=True):
    """A topic as it should be."""

    name: str
    partitions: int
    replication: int
    configs: dict[str, str]


class ActualTopic(msgspec.Struct, frozen=True):
    """A topic as the broker describes it."""

    partitions: int
    replication: int
    configs: dict[str, str]
    """Every setting, defaults too; empty where the broker does not tell."""


class Remedy(StrEnum):
    """What puts a difference right."""

    CREATE = "create"
    CONFIGURE = "configure"
    BY_HAND = "by hand"
    """`apply` does not do it: it would lose state, or move data between brokers."""


class Difference(msgspec.Struct, frozen=True):
    """One way in which a topic is not as declared."""

    topic: str
    setting: str
    wanted: str
    found: str
    remedy: Remedy
    way_out: str

    def __str__(self) -> str:
        """Say it in one line, with the way out where `firstreply topics apply` is none."""
        if self.remedy is Remedy.CREATE:
            return f"{self.topic}: is missing ({self.wanted})"
        way_out = f"; {self.way_out}" if self.remedy is Remedy.BY_HAND else ""
        return f"{self.topic}: {self.setting} = {self.found}, should be {self.wanted}{way_out}"


def way_out_of(found: Sequence[Difference]) -> str:
    """Return what to do about differences that need no hands; empty where all do."""
    return APPLY if any(one.remedy is not Remedy.BY_HAND for one in found) else ""


def name_of(topic: Topic | Changelog, topics: TopicSettings) -> str:
    """Return the topic's name on the broker."""
    return topics.prefix + topic.value


def names(topics: TopicSettings) -> dict[Topic, str]:
    """Return the broker's name of every logical topic."""
    return {topic: name_of(topic, topics) for topic in Topic}


def partitions_of(topic: Topic | Changelog, topics: TopicSettings) -> int:
    """Return how many partitions the topic has.

    What the tickets write is spread like the tickets, what the segments write and all about responders like the panes; dead
    letters and acts of people are rare.
    """
    match topic:
        case Topic.TICKET_EVENTS | Topic.SLA_EVENTS | Topic.CLOCKS | Topic.REPEATS | Changelog.TICKETS:
            return topics.ticket_partitions
        case Topic.PANES | Topic.SERVICE_LEVELS | Topic.ALERTS | Changelog.SEGMENTS:
            return topics.pane_partitions
        case Topic.CONTACTS | Changelog.CUSTOMERS:
            return topics.contact_partitions
        case Topic.RESPONDER_EVENTS | Topic.RESPONDERS | Topic.PRESENCE | Changelog.RESPONDERS:
            return topics.pane_partitions
        case Topic.DEAD_LETTERS | Topic.ALERT_ACTIONS:
            return 1


def used(*, customers: bool) -> tuple[Topic | Changelog, ...]:
    """Return the topics that a pipeline has, with or without measures of customers."""
    every = (*Topic, *Changelog)
    return tuple(topic for topic in every if customers or not (topic in CUSTOMER_TOPICS or topic is Changelog.CUSTOMERS))


def declared(topics: TopicSettings, time: TimeMode, *, customers: bool = False) -> tuple[TopicSpec, ...]:
    """Return every topic as it should be; with those of `customers` where measures of customers are configured."""
    return tuple(
        TopicSpec(
            name=name_of(topic, topics),
            partitions=partitions_of(topic, topics),
            replication=topics.replication,
            configs=_configs(topic, topics, time) | _durability(topics.replication),
        )
        for topic in used(customers=customers)
    )


def _configs(topic: Topic | Changelog, topics: TopicSettings, time: TimeMode) -> dict[str, str]:
    keep = topics.retention
    match topic:
        case Topic.TICKET_EVENTS | Topic.PANES | Topic.CONTACTS | Topic.RESPONDER_EVENTS:
            sources: dict[Topic | Changelog, tuple[int, int]] = {
                Topic.TICKET_EVENTS: (keep.ticket_events, 256),
                Topic.PANES: (keep.panes, 128),
                Topic.CONTACTS: (keep.panes, 128),
                Topic.RESPONDER_EVENTS: (keep.responder_events, 64),
            }
            kept, size = sources[topic]
            return _kept(kept, time, segment_mib=size) | _stamped(time)
        case Topic.SLA_EVENTS:
            return _kept(keep.sla_events, time, segment_mib=64)
        case Topic.DEAD_LETTERS | Topic.ALERT_ACTIONS:
            kept = keep.dead_letters if topic is Topic.DEAD_LETTERS else keep.alert_actions
            return _kept(kept, time, segment_mib=16)
        case Topic.CLOCKS | Topic.SERVICE_LEVELS | Topic.ALERTS | Topic.REPEATS | Topic.RESPONDERS | Topic.PRESENCE:
            return _compacted(segment_mib=32, dirty_ratio="0.3")
        case Changelog.TICKETS | Changelog.SEGMENTS | Changelog.CUSTOMERS | Changelog.RESPONDERS:
            # What is not compacted is read at every restore, so compact early and in small pieces.
            return _compacted(segment_mib=64, dirty_ratio="0.2")


def _kept(retention_ms: int, time: TimeMode, segment_mib: int) -> dict[str, str]:
    # The broker deletes by the records' own times: of history, which is years old, it would delete everything at once.
    shown = -1 if time is TimeMode.EVENT else retention_ms
    segment_ms = DAY_MS if time is TimeMode.EVENT else max(HOUR_MS, min(DAY_MS, retention_ms // 4))
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(shown),
        "retention.bytes": "-1",
        "segment.bytes": str(segment_mib * _MIB),
        "segment.ms": str(segment_ms),
    }


def _compacted(segment_mib: int, dirty_ratio: str) -> dict[str, str]:
    return {
        "cleanup.policy": "compact",
        "segment.bytes": str(segment_mib * _MIB),
        "segment.ms": str(6 * HOUR_MS),
        "min.cleanable.dirty.ratio": dirty_ratio,
        "max.compaction.lag.ms": str(DAY_MS),
        # A deletion must outlast the slowest reader that began before it.
        "delete.retention.ms": str(DAY_MS),
    }


def _stamped(time: TimeMode) -> dict[str, str]:
    """Return whose time a source record carries: the broker's (live), or what the replay wrote (event)."""
    return {"message.timestamp.type": "LogAppendTime" if time is TimeMode.LIVE else "CreateTime"}


def _durability(replication: int) -> dict[str, str]:
    return {"min.insync.replicas": "2" if replication >= 3 else "1", "unclean.leader.election.enable": "false"}


def differences(specs: Sequence[TopicSpec], actual: Mapping[str, ActualTopic]) -> list[Difference]:
    """Return every difference between what is declared and what the broker has, all topics at once."""
    found: list[Difference] = []
    for spec in specs:
        topic = actual.get(spec.name)
        if topic is None:
            wanted = f"{spec.partitions} partition{'s' if spec.partitions > 1 else ''}, {spec.configs['cleanup.policy']}"
            found.append(Difference(spec.name, "topic", wanted, "missing", Remedy.CREATE, APPLY))
        else:
            found += _layout(spec, topic) + _settings(spec, topic)
    return found


def _layout(spec: TopicSpec, topic: ActualTopic) -> list[Difference]:
    found = []
    if topic.partitions != spec.partitions:
        way_out = (
            f"configure {topic.partitions} partitions, or move to a new prefix and replay: "
            "more partitions would send keys elsewhere and leave their state behind"
        )
        wanted, has = str(spec.partitions), str(topic.partitions)
        found.append(Difference(spec.name, "partitions", wanted, has, Remedy.BY_HAND, way_out))
    if topic.replication != spec.replication:
        way_out = f"configure replication = {topic.replication}, or reassign the replicas with kafka-reassign-partitions"
        wanted, has = str(spec.replication), str(topic.replication)
        found.append(Difference(spec.name, "replication", wanted, has, Remedy.BY_HAND, way_out))
    return found


def _settings(spec: TopicSpec, topic: ActualTopic) -> list[Difference]:
    if not topic.configs:
        return []
    return [
        Difference(
            topic=spec.name,
            setting=setting,
            wanted=_readable(setting, wanted),
            found=_readable(setting, topic.configs.get(setting, "not known to the broker")),
            remedy=Remedy.CONFIGURE,
            way_out=APPLY,
        )
        for setting, wanted in spec.configs.items()
        if not _same(topic.configs.get(setting), wanted)
    ]


def _same(found: str | None, wanted: str) -> bool:
    if found is None:
        return False
    try:
        return float(found) == float(wanted)  # 0.20 and 0.2
    except ValueError:
        return found == wanted


def _readable(setting: str, value: str) -> str:
    if setting.endswith(".ms") and value.isdigit():
        return f"{value} ({show(int(value))})"
    return value
