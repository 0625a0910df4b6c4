"""One Apache Kafka process per test session, shared; a topic name per use keeps tests apart."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.support.broker import JavaMissingError, KafkaBroker


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
