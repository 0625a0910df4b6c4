"""What metrics, HTTP and the watchdog read of one partition."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from agents.partitions.ledger import Ledger
from agents.partitions.runtime import StageConfig
from agents.partitions.source import Source
from agents.partitions.tally import Tally
from agents.partitions.timekeeping import Timekeeper
from pipeline.published import Published


class State(StrEnum):
    """Where a partition is in its life."""

    OPENING = "opening"
    RESTORING = "restoring"
    RUNNING = "running"
    HELD = "held"
    CLOSED = "closed"


class Figures:
    """The read side of a partition: safe from any thread, as it only reads."""

    stage: StageConfig
    partition: int
    state: State
    published: Published
    """The newest picture after a commit. It is replaced, never changed."""
    tally: Tally
    _ledger: Ledger
    _source: Source
    _time: Timekeeper
    _moved: float

    @property
    def position(self) -> int:
        """Return the next source offset to apply."""
        return self._ledger.position

    @property
    def running(self) -> bool:
        """Say whether the state is restored and this worker owns it."""
        return self.state in (State.RUNNING, State.HELD)

    @property
    def lag(self) -> int | None:
        """Return how many offsets are between the position and the end, markers included; `None` while the end is unknown."""
        reach = self._source.reach(self.stage.source, self.partition)
        if reach is None or reach.end is None:
            return None
        if reach.drained <= self.position and reach.end <= reach.fetched:
            return 0
        return max(0, reach.end - self.position)

    @property
    def engine_time_ms(self) -> int | None:
        """Return the partition's time, or `None` before it has one."""
        return self._time.now_ms or None

    @property
    def records(self) -> int:
        """Return the records applied by this process."""
        return self.tally.records

    @property
    def replayed(self) -> int:
        """Return the records below the position that were skipped."""
        return self.tally.replayed

    @property
    def transactions(self) -> Mapping[str, int]:
        """Return the transactions by outcome."""
        return self.tally.transactions

    @property
    def dead_letters(self) -> Mapping[str, int]:
        """Return the dead letters by reason."""
        return self.tally.dead_letters

    @property
    def restored_rows(self) -> int:
        """Return the changelog rows read at the restore."""
        return self.tally.restored_rows

    @property
    def restore_ms(self) -> int:
        """Return how long the restore took."""
        return self.tally.restore_ms

    @property
    def tick_delay_ms(self) -> int:
        """Return how late the last due tick ran."""
        return self.tally.tick_delay_ms

    @property
    def polled_at_ms(self) -> int:
        """Return when the broker last answered a fetch of this partition, 0 when it has not."""
        reach = self._source.reach(self.stage.source, self.partition)
        return reach.polled_at_ms if reach else 0

    @property
    def last_moved(self) -> float:
        """Return when the position, the restore or a tick last advanced, on the event loop's clock."""
        return self._moved

    def __repr__(self) -> str:
        return f"{self.stage.name}[{self.partition}]"
