"""Topics on a real broker: what `apply` makes, `check` finds as declared, and what it must not touch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.admin import opened, topic_resource
from agents.configuration import load
from agents.embedded import EmbeddedBroker
from agents.settings import Settings
from agents.topicadmin import TopicsFailedError, apply, check
from agents.topics import Remedy, used
from tests.support.broker import KafkaBroker
from tests.support.waiting import wait_for

EVERY_TOPIC = tuple(used(customers=False))

pytestmark = pytest.mark.broker


def settings_for(bootstrap: str, prefix: str, **topics: object) -> Settings:
    return load(broker={"bootstrap": bootstrap}, topics={"prefix": f"{prefix}.", "ticket_partitions": 3, **topics})


def test_apply_makes_what_check_misses(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    settings = settings_for(kafka.bootstrap, fresh_name("made"))
    assert {one.remedy for one in check(settings)} == {Remedy.CREATE}
    applied = apply(settings)
    assert (len(applied.done), applied.left) == (len(EVERY_TOPIC), ())
    assert check(settings) == []
    assert apply(settings).done == ()


def test_settings_that_drifted_are_set_back_and_others_are_left_alone(
    kafka: KafkaBroker, fresh_name: Callable[[str], str]
) -> None:
    settings = settings_for(kafka.bootstrap, fresh_name("drifted"))
    apply(settings)
    panes = f"{settings.topics.prefix}panes"
    with opened(kafka.bootstrap) as admin:
        admin.alter_configs([topic_resource(panes, {"retention.ms": "1000", "flush.ms": "77"})])
    wait_for(lambda: check(settings), "the drift")
    assert [(one.setting, one.found) for one in check(settings)] == [("retention.ms", "1000 (1s)")]
    apply(settings)
    assert check(settings) == []
    with opened(kafka.bootstrap) as admin:
        kept = admin.describe_configs([topic_resource(panes)])["topic"][panes]
    assert kept["flush.ms"]["value"] == "77"


def test_partitions_are_never_changed(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    prefix = fresh_name("fixed")
    apply(settings_for(kafka.bootstrap, prefix))
    more = settings_for(kafka.bootstrap, prefix, ticket_partitions=8)
    applied = apply(more)
    assert applied.done == ()
    assert {one.topic.rpartition(".")[2] for one in applied.left} == {
        "ticket-events",
        "sla-events",
        "clocks",
        "tickets-changelog",
    }
    assert {one.found for one in check(more)} == {"3"}


def test_what_the_broker_refuses_is_said_in_its_words(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    with pytest.raises(TopicsFailedError, match=r"panes: .*only 1 broker"):
        apply(settings_for(kafka.bootstrap, fresh_name("refused"), replication=3))


def test_the_embedded_broker_takes_the_same_topics(fresh_name: Callable[[str], str]) -> None:
    with EmbeddedBroker() as broker:
        settings = settings_for(broker.bootstrap, fresh_name("embedded"))
        assert len(apply(settings).done) == len(EVERY_TOPIC)
        assert check(settings) == []
