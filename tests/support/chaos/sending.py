"""Send a few events and wait until the log has them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_producer
from pipeline.codec import encode
from pipeline.engine import Topic
from pipeline.events import Event
from pipeline.identity import ticket_key
from tests.support.chaos.world import World


def send(world: World, events: Sequence[Event]) -> None:
    """Write events to their partitions."""
    asyncio.run(_send(world.broker.bootstrap, world.topic(Topic.TICKET_EVENTS), events))


async def _send(bootstrap: str, topic: str, events: Sequence[Event]) -> None:
    producer = new_producer(BrokerAccess(bootstrap=bootstrap), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        sent = [await producer.send(topic, encode(e), key=ticket_key(e.tenant, e.ticket_id)) for e in events]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
