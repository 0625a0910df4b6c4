"""One owned partition of a source topic: its engine, its position, its writer, and the one task that moves them.

The task takes batches and ticks one after the other; there are no locks, and nothing else touches the engine.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence

from agents.partitions.batch import Batch, steps
from agents.partitions.failstop import EngineError, FatalError, UnavailableError
from agents.partitions.figures import Figures, State
from agents.partitions.guarded import GuardedEngine
from agents.partitions.inbox import Inbox
from agents.partitions.ledger import Ledger
from agents.partitions.runtime import Runtime, StageConfig
from agents.partitions.source import Source
from agents.partitions.tally import StepSize, Tally
from agents.partitions.timekeeping import Timekeeper
from agents.timing import DurationCounts
from pipeline.engine import Effects, Record, TimeMode
from pipeline.published import Published

log = logging.getLogger(__name__)

_IDLE_SECONDS = 0.25
"""Longest pause of an idle partition: so late may it notice that it has caught up, or that its records got lost."""
_LAGGING_SECONDS = 0.02
"""Pause while a tick waits for the partition to catch up."""
_LOST_AFTER_SECONDS = 10.0
"""Records that the fetcher handed out this long ago and that never came are asked for again; a busy event loop takes seconds."""
HOLD_TIMEOUT_SECONDS = 15.0


class Partition(Figures):
    """A partition of a stage from assignment to revocation."""

    def __init__(
        self,
        stage: StageConfig,
        number: int,
        runtime: Runtime,
        source: Source,
        times: DurationCounts,
        restores: asyncio.Semaphore,
    ) -> None:
        """Own nothing yet; `times` counts the durations of transactions, `restores` bounds how many restore at once."""
        self._restores = restores
        self.stage = stage
        self.partition = number
        self.state = State.OPENING
        self.published = Published()
        self.tally = Tally()
        self._runtime = runtime
        self._source = source
        self._engine = GuardedEngine(stage.engine(number), f"{stage.name}[{number}]")
        self._ledger = Ledger(stage, number, runtime, self.tally, times)
        self._time = Timekeeper(stage.mode, stage.grid_ms, 0)
        self._step = StepSize(stage.batch_records)
        self._inbox = Inbox()
        self._wake = asyncio.Event()
        self._awaited_seek = 0
        self._moved = 0.0
        self._begun = -math.inf
        """When the last turn of work began."""
        self._unfinished = False
        """Event time: the engine said `more` after a batch; nothing but the log moves its time, so it is asked again."""
        self._dirty = True
        self._next_picture = 0.0
        self._task: asyncio.Task[None] | None = None
        self._holding = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def has_room(self) -> bool:
        """Say whether the fetcher may hand out more."""
        if self.state is not State.RUNNING or self._holding:
            return False
        return len(self._inbox) < self._runtime.queue_batches or self._gathers() or self._lingering_seconds() > 0

    async def open(self) -> None:
        """Fence every earlier owner: what it has not committed by now it never will.

        Raises:
            FatalError: the broker refuses, or its topics do not fit.

        """
        self._moved = time.monotonic()
        await self._ledger.open()

    def start(self) -> None:
        """Begin to restore, then to work."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"{self.stage.name}-{self.partition}")

    def offer(self, batch: Batch) -> None:
        """Queue a batch; it is judged when its turn comes."""
        if self.state is not State.CLOSED:
            self._inbox.put(batch)
            self._wake.set()

    async def hold(self) -> None:
        """Finish the transaction in hand and begin no other until `resume`.

        Raises:
            UnavailableError: it did not finish in time.

        """
        self._holding = True
        self._wake.set()
        try:
            async with asyncio.timeout(HOLD_TIMEOUT_SECONDS):
                await self._idle.wait()
                if self.state is State.RUNNING:
                    await self._ledger.tell(now=True)
        except TimeoutError as error:
            msg = f"{self} could not finish its transaction within {HOLD_TIMEOUT_SECONDS:.0f} s"
            raise UnavailableError(msg) from error
        if self.state is State.RUNNING:
            self.state = State.HELD

    def resume(self) -> None:
        """Go on, still the owner. What had been fetched before is fetched again."""
        self._inbox.clear()
        self._moved = time.monotonic()
        self._holding = False
        if self.state is State.HELD:
            self.state = State.RUNNING
        self._wake.set()

    async def close(self) -> None:
        """Finish the transaction in hand and let go. The last picture stays readable."""
        try:
            await self.hold()
        finally:
            self.state = State.CLOSED
            self._inbox.clear()
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)
            await self._ledger.close()

    # The task.

    async def _run(self) -> None:
        try:
            await self._restore()
            while self.state is not State.CLOSED:  # `wait_for` of Python 3.11 loses a cancellation that meets its own end
                await self._turn()
        except asyncio.CancelledError:
            raise
        except FatalError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a bug here leaves memory and changelog apart: only a new process is sure
            failure = EngineError(f"{self} failed in the partition runtime; please report this")
            failure.__cause__ = error
            self._fail(failure)

    def _fail(self, error: FatalError) -> None:
        self.tally.transactions["aborted"] += 1
        self._runtime.on_fatal(error)

    async def _turn(self) -> None:
        if self._holding or not self._has_work():
            await self._pause()
            return
        self._idle.clear()
        self._begun = time.monotonic()
        try:
            if self._unfinished:
                await self._finish()
            elif self._inbox:
                await self._take()
            await self._tick()
        finally:
            self._idle.set()
        self._publish()

    def _has_work(self) -> bool:
        if self._unfinished or self._due(self.position) is not None:
            return True
        return bool(self._inbox) and not self._gathers() and not self._lingering_seconds()

    def _lingering_seconds(self) -> float:
        """Return for how long what waits is still to be joined by more."""
        if not 0 < self._inbox.records < self._step.records:
            return 0.0
        return max(0.0, self._begun + self.stage.linger_ms / 1000 - time.monotonic())

    def _gathers(self) -> bool:
        """Say whether what waits is all there is and less than a step, and a tick will come for it."""
        if not (self.stage.gathers and 0 < self._inbox.records < self._step.records):
            return False
        now_ms = self._runtime.clock.now_ms()
        wait_ms = self._time.wait_ms(self._engine.next_due(), now_ms)
        if wait_ms is None or not 0 < wait_ms <= self.stage.grid_ms:
            return False
        reach = self._source.reach(self.stage.source, self.partition)
        return reach is not None and reach.caught_up(self._inbox.end, now_ms)

    async def _pause(self) -> None:
        if not self._holding:
            await self._ask_again_for_lost()
        if not (self._holding or self._inbox):
            await self._tell()
        self._publish()
        self._wake.clear()
        if not self._holding and self._has_work():
            return
        try:
            await asyncio.wait_for(self._wake.wait(), self._pause_seconds())
        except TimeoutError:
            return

    def _pause_seconds(self) -> float:
        longest = self._lingering_seconds() or _IDLE_SECONDS
        wait_ms = self._time.wait_ms(self._engine.next_due(), self._runtime.clock.now_ms())
        if self._holding or wait_ms is None:
            return longest
        return min(longest, wait_ms / 1000 if wait_ms > 0 else _LAGGING_SECONDS)

    # Restore.

    async def _restore(self) -> None:
        self.state = State.RESTORING
        async with self._restores:
            self._moved = time.monotonic()
            restored = await self._ledger.read(self._progress())
        self.tally.restored_rows, self.tally.restore_ms = restored.read, round(restored.seconds * 1000)
        self._time = Timekeeper(self.stage.mode, self.stage.grid_ms, restored.position.tick_ms if restored.position else 0)
        self._engine.restore(restored)
        self._unfinished = self.stage.mode is TimeMode.EVENT
        self.state = State.HELD if self._holding else State.RUNNING
        self._moved = time.monotonic()
        figures = (self, restored.read, restored.seconds, restored.rate, self.position)
        log.info("%s: restored %d rows in %.1f s (%d rows/s), position %d", *figures)

    def _progress(self) -> Callable[[int, int], None]:
        told = time.monotonic()

        def tell(rows: int, left: int) -> None:
            nonlocal told
            self._moved = now = time.monotonic()
            self.tally.restored_rows = rows
            if now - told >= 1:
                told = now
                log.info("%s: restoring, %d rows read, %d offsets left", self, rows, left)

        return tell

    # Batches.

    async def _take(self) -> None:
        run = self._inbox.take(self.position, self._step.records, self._awaited_seek)
        self.tally.replayed += run.replayed
        if run.hole is not None:
            await self._fetch_again(f"records from {self.position} on are missing before {run.hole!r}")
        for step in steps(run.records, self._step.records, self._runtime.batch_bytes):
            if self._holding:
                return  # the rest is fetched again from the position
            await self._apply(step)
            await self._finish()
            await self._tick()

    async def _apply(self, step: Sequence[Record]) -> None:
        """Apply records, and run the tick that they make due, in one transaction."""
        mine = self._ledger.of_this_epoch(step)
        next_offset = step[-1].offset + 1
        effects = self._engine.apply(mine, step[0].offset, step[-1].offset)
        self._time.applied(max(record.timestamp for record in step))
        at_ms = None if effects.more else self._due(next_offset)
        wanted_ms = self._engine.next_due() or at_ms
        if at_ms is not None:
            self._time.ticked(at_ms)
            effects.add(self._engine.tick(at_ms))
        too_large = await self._commit(effects, next_offset)
        self._step.took(len(step), too_large=too_large)
        self.tally.records += len(mine)
        self._unfinished = effects.more
        if at_ms is not None and wanted_ms is not None:
            self._note_delay(wanted_ms)

    async def _finish(self) -> None:
        """Let the engine go on with what it left when it said `more`, one transaction at a time."""
        while self._unfinished and not self._holding:
            effects = self._engine.tick(self._time.last_tick_ms if self.stage.mode is TimeMode.LIVE else self._time.now_ms)
            await self._commit_if_any(effects)
            self._unfinished = effects.more

    async def _fetch_again(self, why: str) -> None:
        self.tally.holes += 1
        log.warning("%s: %s; fetching them again", self, why)
        self._awaited_seek = await self._source.seek_back(self.stage.source, self.partition, self.position)

    async def _ask_again_for_lost(self) -> None:
        """Fetch again what was dropped behind the fetcher with nothing after it that would show the hole."""
        reach = self._source.reach(self.stage.source, self.partition)
        if reach is None or reach.drained <= self.position or self._inbox:
            return
        if time.monotonic() - self._moved > _LOST_AFTER_SECONDS:
            self._moved = time.monotonic()
            await self._fetch_again(f"records from {self.position} to {reach.drained} never came")

    # Ticks.

    def _due(self, position: int) -> int | None:
        """Return the tick to run once everything before `position` is applied."""
        next_due = self._engine.next_due()
        if next_due is None or self.stage.mode is not TimeMode.LIVE:
            return None
        now_ms = self._runtime.clock.now_ms()
        return self._time.due(next_due, now_ms, caught_up=self._caught_up(position, now_ms))

    def _caught_up(self, position: int, now_ms: int) -> bool:
        reach = self._source.reach(self.stage.source, self.partition)
        return not self._inbox and reach is not None and reach.caught_up(position, now_ms)

    async def _tick(self) -> None:
        at_ms = self._due(self.position)
        if at_ms is None or self._holding:
            return
        wanted_ms = self._engine.next_due() or at_ms
        more = True
        while more and not self._holding:
            self._time.ticked(at_ms)
            effects = self._engine.tick(at_ms)
            await self._commit_if_any(effects)
            more = effects.more
        self._moved = time.monotonic()
        self._dirty = True
        self._note_delay(wanted_ms)

    def _note_delay(self, wanted_ms: int) -> None:
        self.tally.tick_delay_ms = max(0, self._runtime.clock.now_ms() - wanted_ms)

    # Commits.

    async def _tell(self) -> None:
        self._idle.clear()
        try:
            await self._ledger.tell()
        finally:
            self._idle.set()

    async def _commit_if_any(self, effects: Effects) -> None:
        """Commit what a tick wants written; most ticks want nothing, and a transaction for it would cost more than the tick."""
        if effects.rows or effects.emits or effects.dead_letters:
            await self._commit(effects, None)

    async def _commit(self, effects: Effects, next_offset: int | None) -> bool:
        too_large = await self._ledger.commit(effects, next_offset, self._time.last_tick_ms)
        self._moved = time.monotonic()
        self._dirty = True
        return too_large

    def _publish(self) -> None:
        """Show the committed state, at most once per `publish_every_ms`."""
        now = time.monotonic()
        if self._dirty and now >= self._next_picture and self.state is not State.RESTORING:
            self.published = self._engine.published()
            self._dirty = False
            self._next_picture = now + self._runtime.publish_every_ms / 1000
