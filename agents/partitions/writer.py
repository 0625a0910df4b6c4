"""The producer of one partition: everything that one step changes goes out together, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from aiokafka import TopicPartition
from aiokafka.errors import (
    InvalidProducerEpoch,
    ProducerFenced,
    TransactionalIdAuthorizationFailed,
)

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import BROKEN, close, new_producer
from agents.partitions.effects import Entry, Outgoing
from agents.partitions.failstop import ConfigurationError, FencedError, UnavailableError

TRANSACTION_TIMEOUT_MS = 10_000
"""The broker aborts a transaction left open this long: so long can a hung owner hold back `read_committed` readers."""
RETRY_BACKOFF_MS = 5
"""aiokafka waits this long where a transaction follows right on another; its default of 100 ms is most of a transaction."""
OPEN_TIMEOUT_SECONDS = 60.0
METADATA_TIMEOUT_SECONDS = 10.0
BATCH_BYTES = 1_000_000
"""Of one record batch; the broker's default limit is 1,048,588."""


class Writer(Protocol):
    """Carries out what one step of a partition wants written."""

    async def open(self) -> None:
        """Connect. From here on no earlier writer of this partition can commit anything."""

    async def write(self, outgoing: Outgoing, offsets: Mapping[tuple[str, int], int]) -> None:
        """Write everything and commit the consumer group's `offsets` with it.

        Raises:
            FencedError: somebody else has taken over this partition; nothing was written.
            UnavailableError: the outcome is unknown; only a new process may go on.

        """

    async def partitions_of(self, topic: str) -> int:
        """Return how many partitions a topic has.

        Raises:
            ConfigurationError: there is no such topic.

        """

    async def close(self) -> None:
        """Let go of the broker."""


class _ProducerWriter:
    """What both kinds of writer share: the producer and the packing of record batches."""

    def __init__(self, access: BrokerAccess, **options: Any) -> None:
        self._access = access
        self._options = options
        self._producer: Any = None

    @property
    def producer(self) -> Any:
        if self._producer is None:
            raise UnavailableError("the writer of this partition is not open")
        return self._producer

    async def open(self) -> None:
        producer = new_producer(
            self._access,
            acks="all",
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            max_request_size=4 << 20,
            retry_backoff_ms=RETRY_BACKOFF_MS,
            **self._options,
        )
        try:
            await asyncio.wait_for(producer.start(), OPEN_TIMEOUT_SECONDS)
        except BaseException:
            await close(producer)
            raise
        self._producer = producer

    async def partitions_of(self, topic: str) -> int:
        try:
            async with asyncio.timeout(METADATA_TIMEOUT_SECONDS):
                return len(await self.producer.partitions_for(topic))
        except (TimeoutError, *BROKEN) as error:
            msg = f"the broker does not tell of a topic {topic!r}: `firstreply topics apply` makes what is missing"
            raise ConfigurationError(msg) from error

    async def close(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await close(producer)

    async def _send(self, outgoing: Outgoing) -> list[asyncio.Future[Any]]:
        sent: list[asyncio.Future[Any]] = []
        for (topic, partition), entries in outgoing.items():
            batch = self.producer.create_batch()
            for entry in entries:
                if not _append(batch, entry):
                    sent.append(await self.producer.send_batch(batch, topic, partition=partition))
                    batch = self.producer.create_batch()
                    _append(batch, entry)
            sent.append(await self.producer.send_batch(batch, topic, partition=partition))
        return sent


def _append(batch: Any, entry: Entry) -> bool:
    timestamp = None
    if len(entry) == 4:
        key, value, headers, timestamp = entry
    else:
        key, value, headers = entry
    if headers:
        return batch.append(timestamp=timestamp, key=key, value=value, headers=list(headers)) is not None
    return batch.append(timestamp=timestamp, key=key, value=value) is not None


class TransactionalWriter(_ProducerWriter):
    """One transaction a write. The transactional id belongs to the partition, so that a new owner fences the old one."""

    def __init__(self, access: BrokerAccess, transactional_id: str, group_id: str) -> None:
        """Write under `transactional_id` and commit offsets for the consumer group `group_id`."""
        super().__init__(access, transactional_id=transactional_id, transaction_timeout_ms=TRANSACTION_TIMEOUT_MS)
        self._id = transactional_id
        self._group_id = group_id

    async def open(self) -> None:
        """Initialise transactions: the broker aborts what an earlier owner left open and refuses whatever it still sends."""
        try:
            await super().open()
        except TransactionalIdAuthorizationFailed as error:
            msg = f"the broker does not allow the transactional id {self._id!r}: grant Write and Describe on it"
            raise ConfigurationError(msg) from error
        except TimeoutError as error:
            msg = (
                f"the broker did not initialise transactions for {self._id!r} within {OPEN_TIMEOUT_SECONDS:.0f} s: "
                f"check that it is up and can do transactions (`firstreply doctor`), or ask for delivery = at_least_once"
            )
            raise UnavailableError(msg) from error
        except BROKEN as error:
            msg = f"the broker could not initialise transactions for {self._id!r}"
            raise UnavailableError(msg) from error

    async def write(self, outgoing: Outgoing, offsets: Mapping[tuple[str, int], int]) -> None:
        """Begin, produce, add the offsets, commit."""
        sent: list[asyncio.Future[Any]] = []
        try:
            await self.producer.begin_transaction()
            sent = await self._send(outgoing)
            if offsets:
                committed = {TopicPartition(topic, partition): offset for (topic, partition), offset in offsets.items()}
                await self.producer.send_offsets_to_transaction(committed, self._group_id)
            await self.producer.commit_transaction()
            await asyncio.gather(*sent)
        except (ProducerFenced, InvalidProducerEpoch) as error:
            _forget(sent)
            msg = (
                f"the broker refused a transaction of {self._id!r}: another worker owns this partition now, or this one "
                f"was held up "
                f"for longer than {TRANSACTION_TIMEOUT_MS / 1000:.0f} s. Nothing of it was committed; a restart joins again"
            )
            raise FencedError(msg) from error
        except BROKEN as error:
            _forget(sent)
            msg = f"a transaction of {self._id!r} has no known outcome; the committed state decides after a restart"
            raise UnavailableError(msg) from error


def _forget(sent: list[asyncio.Future[Any]]) -> None:
    """Mark the outcome of every send as seen; the process ends on the transaction's own error."""
    for future in sent:
        future.add_done_callback(lambda done: done.cancelled() or done.exception())


class PlainWriter(_ProducerWriter):
    """No transactions: for brokers without them. Offsets are not committed; every start begins at the log's beginning."""

    def __init__(self, access: BrokerAccess) -> None:
        """Write without an idempotent producer: what cannot do transactions need not have producer ids either."""
        super().__init__(access, enable_idempotence=False)

    async def open(self) -> None:
        """Connect. There is no fencing: run one worker only."""
        try:
            await super().open()
        except BROKEN as error:
            raise UnavailableError("the broker could not be reached") from error

    async def write(self, outgoing: Outgoing, offsets: Mapping[tuple[str, int], int]) -> None:  # noqa: ARG002 - see the class
        """Produce and wait until the broker has acknowledged everything."""
        try:
            await asyncio.gather(*await self._send(outgoing))
        except BROKEN as error:
            raise UnavailableError("the broker did not acknowledge what was produced") from error
