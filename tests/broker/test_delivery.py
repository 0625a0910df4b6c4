from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from agents.brokerprocess import free_port
from agents.embedded import EmbeddedBroker, EmbeddedBrokerMissingError
from agents.partitions.access import BrokerAccess
from agents.partitions.delivery import Delivery, can_transact, choose
from agents.partitions.failstop import ConfigurationError, UnavailableError
from tests.support.broker import KafkaBroker
from tests.support.toy_world import toy_world, until

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedBroker]:
    try:
        broker = EmbeddedBroker()
    except EmbeddedBrokerMissingError as missing:
        pytest.skip(str(missing))
    with broker:
        yield broker


def test_apache_kafka_gets_exactly_once(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    access = BrokerAccess(bootstrap=kafka.bootstrap)
    assert asyncio.run(choose(access, fresh_name("probe"), None)) is Delivery.EXACTLY_ONCE
    assert asyncio.run(choose(access, fresh_name("probe"), Delivery.AT_LEAST_ONCE)) is Delivery.AT_LEAST_ONCE


def test_a_broker_without_transactions_gets_at_least_once_and_nothing_better(embedded: EmbeddedBroker) -> None:
    access = BrokerAccess(bootstrap=embedded.bootstrap)
    assert asyncio.run(choose(access, "probe", None)) is Delivery.AT_LEAST_ONCE
    with pytest.raises(ConfigurationError, match="at_least_once"):
        asyncio.run(choose(access, "probe", Delivery.EXACTLY_ONCE))


def test_a_broker_that_is_away_is_not_one_without_transactions() -> None:
    with pytest.raises(UnavailableError, match="no broker answers"):
        asyncio.run(can_transact(BrokerAccess(bootstrap=f"127.0.0.1:{free_port()}"), "probe"))


def test_the_embedded_broker_runs_a_worker(embedded: EmbeddedBroker, fresh_name: Callable[[str], str]) -> None:
    async def story() -> None:
        with toy_world(embedded.bootstrap, fresh_name("toy"), engine="EchoingEngine", delivery="at_least_once") as world:
            await world.create()
            await world.produce([(b"key-%d" % (n % 20), b"x") for n in range(400)])
            for epoch in (1, 2):
                worker = world.start(epoch=epoch)

                async def all_said(mark: bytes = b"%d" % epoch) -> bool:
                    return sum(dict(echo.headers)["epoch"] == mark for echo in await world.echoes()) == 400

                await until(all_said, 60, world.explain)
                assert worker.stop()[0] == 0

    asyncio.run(story())
