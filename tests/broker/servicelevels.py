"""What stands in a compacted topic on a broker now."""

from __future__ import annotations

import asyncio

import msgspec

from agents.followers.follower import following
from agents.partitions.access import BrokerAccess
from pipeline.engine import Topic
from pipeline.signals import ServiceLevel


def levels_on(bootstrap: str, topic: str = Topic.SERVICE_LEVELS) -> list[ServiceLevel]:
    """Return the newest service level of every segment."""
    return [msgspec.json.decode(value, type=ServiceLevel) for value in newest_on(bootstrap, topic).values() if value]


def newest_on(bootstrap: str, topic: str) -> dict[bytes, bytes | None]:
    """Return the newest committed value of every key."""
    return asyncio.run(_newest(bootstrap, topic))


async def _newest(bootstrap: str, topic: str) -> dict[bytes, bytes | None]:
    newest: dict[bytes, bytes | None] = {}
    async with following(BrokerAccess(bootstrap=bootstrap), [topic]) as follower:
        await follower.read_to_end(lambda record: newest.update({record.key: record.value}))
    return newest
