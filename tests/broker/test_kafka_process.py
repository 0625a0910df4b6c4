"""The broker process of the tests: its verbs, and that it never outlives whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from kafka.admin import NewTopic

from agents.admin import answers, opened
from agents.brokerprocess import BrokerFailedError, BrokerProcess
from agents.embedded import EmbeddedBroker
from tests.support.broker import ROOT, KafkaBroker
from tests.support.waiting import wait_for

pytestmark = pytest.mark.broker


def create_topic(broker: BrokerProcess, name: str) -> None:
    with opened(broker.bootstrap) as admin:
        admin.create_topics([NewTopic(name, num_partitions=3, replication_factor=1)])


def topics(broker: BrokerProcess) -> set[str]:
    with opened(broker.bootstrap) as admin:
        return set(admin.list_topics())


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_kafka_keeps_its_topics_over_kill_and_restart(own_kafka: Callable[[], KafkaBroker]) -> None:
    with own_kafka() as broker:
        create_topic(broker, "kept")
        first = broker.pid
        broker.kill9()
        assert not broker.running
        assert not answers(broker.bootstrap)
        broker.start()
        assert broker.pid != first
        assert "kept" in topics(broker)
        broker.restart()
        assert "kept" in topics(broker)
        folder = broker.data_dir
    assert not folder.exists()


def test_a_paused_broker_answers_again_when_continued(own_kafka: Callable[[], KafkaBroker]) -> None:
    with own_kafka() as broker:
        broker.pause()
        assert broker.running
        assert not answers(broker.bootstrap, timeout_ms=500)
        broker.cont()
        wait_for(lambda: answers(broker.bootstrap))


def test_a_broker_that_cannot_start_says_why(own_kafka: Callable[[], KafkaBroker]) -> None:
    broker = own_kafka()
    broker._properties["process.roles"] = "cook"
    try:
        with pytest.raises(BrokerFailedError, match=r"process\.roles"):
            broker.start()
    finally:
        broker.close()


def test_the_embedded_broker_answers_and_forgets() -> None:
    with EmbeddedBroker() as broker:
        create_topic(broker, "forgotten")
        assert "forgotten" in topics(broker)
        broker.restart()
        assert "forgotten" not in topics(broker)


def test_a_port_in_use_is_reported() -> None:
    with EmbeddedBroker() as first:
        second = EmbeddedBroker(port=first.port)
        try:
            with pytest.raises(BrokerFailedError, match="another process listens"):
                second.start()
        finally:
            second.close()


def test_a_broker_dies_with_its_parent_even_when_that_is_killed() -> None:
    program = (
        "import sys; from agents.embedded import EmbeddedBroker as E; b = E().start(); print(b.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        broker = int(parent.stdout.readline())
        assert alive(broker)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not alive(broker))
