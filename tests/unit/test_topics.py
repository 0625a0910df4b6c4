"""The declaration of the topics, and how it is compared with what a broker has."""

from __future__ import annotations

import pytest

from agents.settings import RetentionSettings, TopicSettings
from agents.topics import (
    ActualTopic,
    Changelog,
    Remedy,
    TopicSpec,
    declared,
    differences,
    name_of,
    names,
    partitions_of,
    way_out_of,
)
from pipeline.engine import TimeMode, Topic


def specs(settings: TopicSettings | None = None, time: TimeMode = TimeMode.LIVE) -> dict[str, TopicSpec]:
    return {spec.name: spec for spec in declared(settings or TopicSettings(), time)}


def as_declared(spec: TopicSpec) -> ActualTopic:
    return ActualTopic(spec.partitions, spec.replication, {"compression.type": "producer", **spec.configs})


def test_every_logical_topic_and_changelog_is_declared_once() -> None:
    every = [spec.name for spec in declared(TopicSettings(), TimeMode.LIVE, customers=True)]
    assert every == [*(topic.value for topic in Topic), *(changelog.value for changelog in Changelog)]
    assert set(every) - set(specs()) == {"contacts", "repeats", "customers-changelog"}


def test_a_prefix_stands_before_every_name() -> None:
    settings = TopicSettings(prefix="support.")
    assert all(name.startswith("support.") for name in specs(settings))
    assert names(settings)[Topic.PANES] == "support.panes"
    assert name_of(Changelog.SEGMENTS, settings) == "support.segments-changelog"


def test_changelogs_have_their_sources_partitions_and_are_compacted_only() -> None:
    settings = TopicSettings(ticket_partitions=12, pane_partitions=3, contact_partitions=5)
    sources = {
        Changelog.TICKETS: (Topic.TICKET_EVENTS, 12),
        Changelog.SEGMENTS: (Topic.PANES, 3),
        Changelog.CUSTOMERS: (Topic.CONTACTS, 5),
        Changelog.RESPONDERS: (Topic.RESPONDER_EVENTS, 3),
    }
    assert sources.keys() == set(Changelog)
    every = {spec.name: spec for spec in declared(settings, TimeMode.LIVE, customers=True)}
    for changelog, (source, count) in sources.items():
        assert partitions_of(changelog, settings) == partitions_of(source, settings) == count
        assert every[changelog.value].configs["cleanup.policy"] == "compact"


@pytest.mark.parametrize(
    ("topic", "policy"),
    [
        (Topic.TICKET_EVENTS, "delete"),
        (Topic.PANES, "delete"),
        (Topic.SLA_EVENTS, "delete"),
        (Topic.DEAD_LETTERS, "delete"),
        (Topic.CLOCKS, "compact"),
        (Topic.SERVICE_LEVELS, "compact"),
        (Topic.ALERTS, "compact"),
    ],
)
def test_what_is_read_as_a_table_is_compacted_and_the_rest_expires(topic: Topic, policy: str) -> None:
    assert specs()[topic.value].configs["cleanup.policy"] == policy


def test_history_is_not_deleted_for_its_age_and_keeps_its_own_times() -> None:
    live = specs(TopicSettings(retention=RetentionSettings(ticket_events=86_400_000)))[Topic.TICKET_EVENTS]
    history = specs(time=TimeMode.EVENT)[Topic.TICKET_EVENTS]
    assert (live.configs["retention.ms"], live.configs["message.timestamp.type"]) == ("86400000", "LogAppendTime")
    assert (history.configs["retention.ms"], history.configs["message.timestamp.type"]) == ("-1", "CreateTime")


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (5, "2")])
def test_two_copies_count_as_written_where_there_are_three(replication: int, in_sync: str) -> None:
    for spec in specs(TopicSettings(replication=replication)).values():
        assert spec.replication == replication
        assert spec.configs["min.insync.replicas"] == in_sync


def test_no_difference_when_all_is_as_declared() -> None:
    assert differences(tuple(specs().values()), {name: as_declared(spec) for name, spec in specs().items()}) == []


def test_all_differences_of_all_topics_at_once() -> None:
    actual = {name: as_declared(spec) for name, spec in specs().items()}
    del actual["alerts"]
    events, changelog = actual["ticket-events"], actual["tickets-changelog"]
    actual["ticket-events"] = ActualTopic(6, 3, {**events.configs, "retention.ms": "1000"})
    actual["tickets-changelog"] = ActualTopic(4, 1, {**changelog.configs, "cleanup.policy": "compact,delete"})
    found = differences(tuple(specs().values()), actual)
    assert [(one.topic, one.setting, one.found, one.remedy) for one in found] == [
        ("ticket-events", "partitions", "6", Remedy.BY_HAND),
        ("ticket-events", "replication", "3", Remedy.BY_HAND),
        ("ticket-events", "retention.ms", "1000 (1s)", Remedy.CONFIGURE),
        ("alerts", "topic", "missing", Remedy.CREATE),
        ("tickets-changelog", "cleanup.policy", "compact,delete", Remedy.CONFIGURE),
    ]
    assert str(found[2]) == "ticket-events: retention.ms = 1000 (1s), should be 1209600000 (14d)"
    assert str(found[3]) == "alerts: is missing (1 partition, compact)"
    assert str(found[0]).startswith("ticket-events: partitions = 6, should be 4; configure 6 partitions, or move to a new prefix")
    assert way_out_of(found) == "run: firstreply topics apply"
    assert way_out_of(found[:2]) == ""


def test_numbers_are_compared_as_numbers() -> None:
    spec = specs()["alerts"]
    actual = ActualTopic(1, 1, {**spec.configs, "min.cleanable.dirty.ratio": "0.30"})
    assert differences([spec], {"alerts": actual}) == []


def test_a_broker_that_tells_no_settings_is_compared_by_layout_alone() -> None:
    spec = specs()["alerts"]
    assert differences([spec], {"alerts": ActualTopic(1, 1, {})}) == []
    assert [one.setting for one in differences([spec], {"alerts": ActualTopic(2, 1, {})})] == ["partitions"]
