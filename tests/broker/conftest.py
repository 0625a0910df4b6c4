"""One Apache Kafka process per test session, shared; a topic name per use keeps tests apart."""

from __future__ import annotations

import itertools
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.alerting import AlertmanagerMissingError
from tests.support.broker import JavaMissingError, KafkaBroker
from tests.support.desk import Desk


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaBroker]:
    """A running broker that every test of the session shares: do not stop or hurt this one."""
    try:
        broker = KafkaBroker()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    with broker:
        yield broker


@pytest.fixture(scope="session")
def own_kafka() -> Callable[[], KafkaBroker]:
    """A maker of brokers of one's own, not started, for tests that hurt them."""
    try:
        KafkaBroker().close()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    return KafkaBroker


@pytest.fixture
def fresh_name() -> Callable[[str], str]:
    """Names for topics, groups and prefixes that nothing else in the session uses: `fresh_name("panes")`."""
    run, count = uuid.uuid4().hex[:8], itertools.count(1)
    return lambda stem: f"{stem}-{run}-{next(count)}"


@pytest.fixture
def desk(kafka: KafkaBroker, tmp_path: Path, fresh_name: Callable[[str], str]) -> Iterator[Desk]:
    """Everything between the events and the person on call."""
    try:
        made = Desk(kafka, fresh_name("desk"), tmp_path)
    except AlertmanagerMissingError as missing:
        pytest.skip(str(missing))
    try:
        yield made
        sys.stdout.write(made.explain())  # pytest shows it where the test failed
    finally:
        made.close()
