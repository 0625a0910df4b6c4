"""What a broker can do: exactly once where it has transactions, at least once where it has not."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN, close, new_producer
from agents.partitions.failstop import ConfigurationError


class Delivery(StrEnum):
    """What is promised."""

    EXACTLY_ONCE = "exactly_once"
    """State, outputs and offsets move together in transactions."""
    AT_LEAST_ONCE = "at_least_once"
    """For brokers without transactions: one worker, nothing kept over a restart, the log read from its beginning each time."""


async def can_transact(access: BrokerAccess, probe_id: str, timeout_seconds: float = 10.0) -> bool:
    """Say whether the broker commits an empty transaction of the transactional id `probe_id` within the time."""
    producer = new_producer(access, transactional_id=probe_id, transaction_timeout_ms=10_000)
    try:
        async with asyncio.timeout(timeout_seconds):
            await producer.start()
            await producer.begin_transaction()
            await producer.commit_transaction()
    except (TimeoutError, *BROKEN):
        return False
    finally:
        await close(producer)
    return True


async def choose(access: BrokerAccess, probe_id: str, wanted: Delivery | None) -> Delivery:
    """Return what to promise: what was asked for, or the best that the broker can do when `wanted` is `None`.

    Raises:
        ConfigurationError: exactly once was asked for, and the broker cannot do it.

    """
    if wanted is Delivery.AT_LEAST_ONCE:
        return wanted
    if await can_transact(access, probe_id):
        return Delivery.EXACTLY_ONCE
    if wanted is Delivery.EXACTLY_ONCE:
        msg = (
            f"the broker at {access.bootstrap} did not carry out a transaction, so that it cannot deliver exactly once: "
            f"check that it "
            f"is up, that {probe_id!r} is an allowed transactional id, and that it is Apache Kafka or as able; or set "
            f"delivery = at_least_once"
        )
        raise ConfigurationError(msg)
    return Delivery.AT_LEAST_ONCE
