"""`firstreply serve` on a real broker: what is committed and nothing else, back when the broker is; acts are written."""

from __future__ import annotations

import asyncio
import contextlib
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from agents.alertlog import new_action, read_alerts, record
from agents.clock import SystemClock
from agents.partitions.effects import EPOCH_HEADER
from agents.serve.server import reader_of, site_of
from agents.serve.site import Site
from agents.settings import Settings
from agents.topicadmin import apply
from pipeline.signals import AlertActionType
from tests.support.broker import KafkaBroker
from tests.support.centre import address, alert, everything, level, ticket

pytestmark = pytest.mark.broker

PATIENCE_SECONDS = 60


def settings_for(broker: KafkaBroker, prefix: str) -> Settings:
    text = f'[broker]\nbootstrap = "{broker.bootstrap}"\n[topics]\nprefix = "{prefix}."\nticket_partitions = 2\n'
    return Settings.model_validate(tomllib.loads(text))


async def until(condition: Callable[[], bool], what: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - another task changes the site
            await asyncio.sleep(0.02)
    assert condition(), what


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Site]:
    site = site_of(settings)
    task = asyncio.create_task(reader_of(settings, site).run())
    try:
        yield site
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def producing(settings: Settings, **options: Any) -> AsyncIterator[Any]:
    producer: Any = AIOKafkaProducer(bootstrap_servers=settings.broker.bootstrap, **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def tell(producer: Any, settings: Settings, *said: Any, epoch: int = 0) -> None:
    headers = [(EPOCH_HEADER, str(epoch).encode())] if epoch else []
    for one in said:
        topic, key = address(one)
        await producer.send_and_wait(settings.topics.prefix + topic.value, msgspec.json.encode(one), key=key, headers=headers)


def test_what_is_committed_is_shown_and_what_is_aborted_is_not(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    settings = settings_for(kafka, fresh_name("serve"))
    apply(settings)

    async def main() -> None:
        async with producing(settings, transactional_id=fresh_name("teller")) as producer:
            async with producer.transaction():
                await tell(producer, settings, *everything())
            await producer.begin_transaction()
            await tell(producer, settings, level({"queue": "aborted"}))
            await producer.abort_transaction()
            async with reading(settings) as site:
                await until(lambda: site.reading.caught_up, "caught up")
                assert len(site.view.segments()) == 13
                assert site.view.count_tickets() == 14
                assert not any(b"aborted" in key for key in site.view.segments())
                async with producer.transaction():
                    await tell(producer, settings, level({"queue": "later"}))
                await until(lambda: any(b"later" in key for key in site.view.segments()), "the later one")
                assert site.reading.connected(site.clock.now_ms())
                action = new_action(alert(), AlertActionType.ACKNOWLEDGE, SystemClock(), by="Kim")
                await record(settings, action)
                await until(lambda: site.view.acts(alert().id) == (action,), "the act")
        assert (await read_alerts(settings)).acts.of(alert().id).acknowledged_by == "Kim"

    asyncio.run(main())


def test_it_waits_for_topics_and_forgets_what_an_earlier_run_said(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    settings = settings_for(kafka, fresh_name("serve"))

    async def main() -> None:
        async with reading(settings) as site:
            await until(lambda: site.reading.connected(site.clock.now_ms()), "in touch")
            assert not site.reading.caught_up
            await asyncio.to_thread(apply, settings)
            await until(lambda: site.reading.caught_up, "caught up")
            async with producing(settings) as producer:
                await tell(producer, settings, level({"queue": "old"}), ticket("T1", 5), epoch=1)
                await until(lambda: len(site.view.segments()) == 1, "the first run")
                await tell(producer, settings, level({"queue": "new"}), epoch=2)
                await until(lambda: [b"new" in key for key in site.view.segments()] == [True], "the second run")
            assert site.view.count_tickets() == 0

    asyncio.run(main())


def test_it_comes_back_when_the_broker_does(own_kafka: Callable[[], KafkaBroker], fresh_name: Callable[[str], str]) -> None:
    with own_kafka() as broker:
        settings = settings_for(broker, fresh_name("serve"))
        apply(settings)

        async def main() -> None:
            async with reading(settings) as site:
                await until(lambda: site.reading.caught_up, "caught up")
                broker.kill9()
                await until(lambda: not site.reading.connected(site.clock.now_ms()), "the loss")
                await asyncio.to_thread(broker.start)
                async with producing(settings) as producer:
                    await tell(producer, settings, level({"queue": "after"}))
                await until(lambda: len(site.view.segments()) == 1, "the record after")
                assert site.reading.connected(site.clock.now_ms())

        asyncio.run(main())
