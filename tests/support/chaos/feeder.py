"""Sends a plan at its pace and keeps a ledger: where in the log every record was acknowledged to stand."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from typing import Any, NamedTuple

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_producer
from tests.support.chaos.plan import SLOT_MS, Plan, Send

_UNACKED_SLOTS = 40
_PATIENCE_MS = 120_000
"""A broker may be away this long before a send counts as failed."""


class Parcel(NamedTuple):
    """The records of one slot for one partition, on their way."""

    records: int
    malformed: list[int]
    """Which of them are no events, counted from 0."""
    acknowledged: asyncio.Future[Any]


class Ledger:
    """What was sent, by where it stands. `slots` is the number of slots acknowledged as a whole, from the first on."""

    def __init__(self, partitions: int) -> None:
        self.slots = 0
        self.records = 0
        self.ends = dict.fromkeys(range(partitions), 0)
        """Partition -> offset after its last record."""
        self.malformed: set[tuple[int, int]] = set()
        """(partition, offset) of every record that is no event."""

    def enter(self, partition: int, base: int, parcel: Parcel) -> None:
        """Note that the first record of a parcel stands at `base`, which must be right after the one before."""
        assert base == self.ends[partition], f"acknowledged at {base}, where the log ended at {self.ends[partition]}"
        self.ends[partition] += parcel.records
        self.records += parcel.records
        self.malformed.update((partition, base + index) for index in parcel.malformed)


class Feeder(threading.Thread):
    """Sends until `stop`."""

    def __init__(self, bootstrap: str, topic: str, plan: Plan) -> None:
        super().__init__(name="feeder", daemon=True)
        self.plan = plan
        self.ledger = Ledger(plan.partitions)
        self.error: BaseException | None = None
        self._address, self._topic = bootstrap, topic
        self._over = threading.Event()
        self.behind_ms = 0

    def run(self) -> None:
        try:
            asyncio.run(self._feed())
        except BaseException as error:  # noqa: BLE001 - told by `stop`, in the thread that can do something about it
            self.error = error

    def end(self) -> None:
        """Finish the slot in hand and wait until everything is acknowledged."""
        self._over.set()
        self.join(_PATIENCE_MS / 1_000 + 30)

    def stop(self) -> Ledger:
        """End, and return the ledger."""
        self.end()
        if self.error is not None:
            raise self.error
        assert not self.is_alive(), "the feeder does not end"
        return self.ledger

    async def _feed(self) -> None:
        access = BrokerAccess(bootstrap=self._address)
        producer = new_producer(
            access, acks="all", enable_idempotence=True, request_timeout_ms=_PATIENCE_MS, max_batch_size=1_000_000
        )
        await producer.start()
        try:
            await self._slots(producer)
        finally:
            await producer.stop()

    async def _slots(self, producer: Any) -> None:
        waiting: deque[dict[int, Parcel]] = deque()
        number = 0
        while not self._over.is_set():
            sends = self.plan.slot(number)
            due_ms = self.plan.start_ms + (number + 1) * SLOT_MS
            self.behind_ms = max(0, _now_ms() - due_ms)
            await asyncio.sleep(max(0, due_ms - _now_ms()) / 1_000)
            waiting.append(await self._send(producer, sends))
            number += 1
            while waiting and (len(waiting) > _UNACKED_SLOTS or all(p.acknowledged.done() for p in waiting[0].values())):
                await self._acknowledged(waiting.popleft())
        while waiting:
            await self._acknowledged(waiting.popleft())

    async def _send(self, producer: Any, sends: list[Send]) -> dict[int, Parcel]:
        by_partition: dict[int, list[Send]] = {}
        for send in sends:
            by_partition.setdefault(send.partition, []).append(send)
        parcels: dict[int, Parcel] = {}
        for partition, mine in by_partition.items():
            batch = producer.create_batch()
            for send in mine:
                assert batch.append(timestamp=None, key=send.key, value=send.value) is not None, "a slot fills more than a batch"
            sent = await producer.send_batch(batch, self._topic, partition=partition)
            parcels[partition] = Parcel(len(mine), [i for i, send in enumerate(mine) if send.event is None], sent)
        return parcels

    async def _acknowledged(self, parcels: dict[int, Parcel]) -> None:
        for partition, parcel in parcels.items():
            self.ledger.enter(partition, (await parcel.acknowledged).offset, parcel)
        self.ledger.slots += 1


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
