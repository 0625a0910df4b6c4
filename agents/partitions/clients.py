"""aiokafka's clients, which have no types, made in one place."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from agents.partitions.access import BrokerAccess

BROKEN = (KafkaError, OSError)
"""What a client raises when the broker, or the way to it, fails."""
CLOSE_TIMEOUT_SECONDS = 5.0


def new_producer(access: BrokerAccess, **options: Any) -> Any:
    """Return an `AIOKafkaProducer` that has not been started."""
    return aiokafka.AIOKafkaProducer(**access.client_options(), **options)  # type: ignore[no-untyped-call]  # aiokafka has no types


def new_consumer(access: BrokerAccess, **options: Any) -> Any:
    """Return an `AIOKafkaConsumer` without a group that has not been started."""
    return aiokafka.AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka has no types
        **access.client_options(), enable_auto_commit=False, **options
    )


def new_admin(access: BrokerAccess) -> Any:
    """Return an `AIOKafkaAdminClient` that has not been started."""
    return AIOKafkaAdminClient(**access.client_options())


async def close(client: Any) -> None:
    """Stop a client, within `CLOSE_TIMEOUT_SECONDS`, whatever the broker does.

    Nothing is lost by leaving early: a transaction that is still open is aborted by the next owner.
    """
    with contextlib.suppress(TimeoutError, *BROKEN):
        await asyncio.wait_for(client.stop(), CLOSE_TIMEOUT_SECONDS)
