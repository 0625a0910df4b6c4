"""The broker as `docker-compose.yml` configures it, run from the published jars: what Docker would run, without Docker."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from agents.admin import opened
from agents.brokerprocess import free_port
from tests.support.broker import JavaMissingError, KafkaBroker, pinned_version

pytestmark = pytest.mark.broker
ROOT = Path(__file__).resolve().parents[2]
SERVICE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["kafka"]


class ComposeBroker(KafkaBroker):
    """The compose file's settings, with this machine's ports and folders, on loopback."""

    def _settings(self) -> dict[str, str]:
        ports = {"9092": str(self.port), "9093": str(free_port()), "19092": str(free_port())}
        settings = {}
        for variable, value in SERVICE["environment"].items():
            # As the image does it: KAFKA_LOG_DIRS is log.dirs.
            local = re.sub(r"://(kafka|localhost)?:", "://127.0.0.1:", value).replace("@localhost:", "@127.0.0.1:")
            settings[variable.removeprefix("KAFKA_").lower().replace("_", ".")] = re.sub(
                r"(?<=:)\d{4,5}", lambda m: ports[m[0]], local
            )
        return settings | {"log.dirs": str(self.data_dir / "logs"), "log.cleaner.dedupe.buffer.size": str(16 << 20)}


def test_the_compose_broker_starts_and_commits_transactions() -> None:
    try:
        broker = ComposeBroker()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    with broker:
        with opened(broker.bootstrap) as admin:
            admin.create_topics([NewTopic("committed", num_partitions=1, replication_factor=1)])
        producer = KafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id="compose")
        producer.init_transactions()
        producer.begin_transaction()
        producer.send("committed", b"once")
        producer.commit_transaction()
        producer.close()
        consumer = KafkaConsumer(
            "committed",
            bootstrap_servers=broker.bootstrap,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            consumer_timeout_ms=20_000,
        )
        assert next(iter(consumer)).value == b"once"
        consumer.close()


def test_the_compose_broker_is_the_version_that_is_tested() -> None:
    assert SERVICE["image"].endswith(f"apache/kafka:{pinned_version()}}}")
