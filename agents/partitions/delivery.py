"""What a broker can do: exactly once where it has transactions, at least once where it has not."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN, close, new_producer
from agents.partitions.failstop import ConfigurationError, UnavailableError

PROBE_TIMEOUT_SECONDS = 15.0


class Delivery(StrEnum):
    """What is promised."""

    EXACTLY_ONCE = "exactly_once"
    """State, outputs and offsets move together in transactions."""
    AT_LEAST_ONCE = "at_least_once"
    """For brokers without transactions: one worker, nothing kept over a restart, the log read from its beginning each time."""


async def can_transact(access: BrokerAccess, probe_id: str) -> bool:
    """Say whether the broker grants the transactional id `probe_id` a producer, or refuses it.

    Raises:
        UnavailableError: the broker does neither in time; one that is starting up must not look like one without transactions.

    """
    await _reach(access)
    producer = new_producer(access, transactional_id=probe_id, transaction_timeout_ms=10_000)
    try:
        await asyncio.wait_for(producer.start(), PROBE_TIMEOUT_SECONDS)
    except TimeoutError as error:
        seconds = f"{PROBE_TIMEOUT_SECONDS:.0f} s"
        msg = f"the broker at {access.bootstrap} answers, but did not say within {seconds} whether it has transactions"
        raise UnavailableError(msg) from error
    except BROKEN:
        return False
    finally:
        await close(producer)
    return True


async def _reach(access: BrokerAccess) -> None:
    producer = new_producer(access, enable_idempotence=False)
    try:
        await asyncio.wait_for(producer.start(), PROBE_TIMEOUT_SECONDS)
    except (TimeoutError, *BROKEN) as error:
        msg = f"no broker answers at {access.bootstrap}: check the address, and that it is up"
        raise UnavailableError(msg) from error
    finally:
        await close(producer)


async def choose(access: BrokerAccess, probe_id: str, wanted: Delivery | None) -> Delivery:
    """Return what to promise: what was asked for, or the best that the broker can do when `wanted` is `None`.

    Raises:
        ConfigurationError: exactly once was asked for, and the broker cannot do it.
        UnavailableError: the broker does not answer.

    """
    if wanted is Delivery.AT_LEAST_ONCE:
        return wanted
    if await can_transact(access, probe_id):
        return Delivery.EXACTLY_ONCE
    if wanted is Delivery.EXACTLY_ONCE:
        msg = (
            f"the broker at {access.bootstrap} refused the transactional id {probe_id!r}, so it cannot deliver exactly once: "
            f"use Apache Kafka or a broker as able, grant Write and Describe on it, or set delivery = at_least_once"
        )
        raise ConfigurationError(msg)
    return Delivery.AT_LEAST_ONCE
