"""Sends a plan at its pace and keeps a ledger: where in the log every record was acknowledged to stand."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from typing import Any

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_producer
from tests.support.chaos.plan import SLOT_MS, Plan, Send

_UNACKED_SLOTS = 40
_PATIENCE_MS = 120_000
"""A broker may be away this long before a send counts as failed."""


class Ledger:
    """What was sent. `slots` is the number of slots acknowledged as a whole, from the first on."""

    def __init__(self) -> None:
        self.slots = 0
        self.records = 0
        self.bases: list[dict[int, int]] = []
        """By slot: partition -> offset of the slot's first record there. The others follow one after the other."""

    def ends(self, plan: Plan) -> dict[int, int]:
        """Return partition -> offset after its last record, and prove that what was acknowledged fills the log without a gap."""
        ends: Counter[int] = Counter(dict.fromkeys(range(plan.partitions), 0))
        for slot, bases in enumerate(self.bases):
            counts = Counter(send.partition for send in plan.slot(slot))
            assert counts.keys() == bases.keys()
            for partition, base in bases.items():
                assert base == ends[partition], f"slot {slot}: acknowledged at {base}, the log had {ends[partition]}"
                ends[partition] += counts[partition]
        return dict(ends)


class Feeder(threading.Thread):
    """Sends until `stop`."""

    def __init__(self, bootstrap: str, topic: str, plan: Plan) -> None:
        super().__init__(name="feeder", daemon=True)
        self.plan = plan
        self.ledger = Ledger()
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
        waiting: deque[tuple[int, dict[int, asyncio.Future[Any]]]] = deque()
        number = 0
        while not self._over.is_set():
            sends = self.plan.slot(number)
            due_ms = self.plan.start_ms + (number + 1) * SLOT_MS
            self.behind_ms = max(0, _now_ms() - due_ms)
            await asyncio.sleep(max(0, due_ms - _now_ms()) / 1_000)
            waiting.append((len(sends), await self._send(producer, sends)))
            number += 1
            while waiting and (len(waiting) > _UNACKED_SLOTS or all(done.done() for done in waiting[0][1].values())):
                await self._acknowledged(*waiting.popleft())
        while waiting:
            await self._acknowledged(*waiting.popleft())

    async def _send(self, producer: Any, sends: list[Send]) -> dict[int, asyncio.Future[Any]]:
        batches: dict[int, Any] = {}
        for send in sends:
            batch = batches.setdefault(send.partition, None) or producer.create_batch()
            batches[send.partition] = batch
            assert batch.append(timestamp=None, key=send.key, value=send.value) is not None, "a slot fills more than a batch"
        return {p: await producer.send_batch(batch, self._topic, partition=p) for p, batch in batches.items()}

    async def _acknowledged(self, count: int, sent: dict[int, asyncio.Future[Any]]) -> None:
        self.ledger.bases.append({partition: (await done).offset for partition, done in sent.items()})
        self.ledger.slots += 1
        self.ledger.records += count


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
