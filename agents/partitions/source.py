"""What a partition needs to know of the consumer that feeds it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

FRESH_MS = 3_000
"""How old the broker's last answer may be for the end that it told to count as the end now."""


class Reach(NamedTuple):
    """How far the fetcher has come in one partition, and where the broker says that it ends. Taken without waiting."""

    fetched: int
    """Next offset that the fetcher will hand out; past markers and aborted records."""
    drained: int
    """Offset after the last record handed out on this way, 0 when none was."""
    end: int | None
    """Last stable offset as of `polled_at_ms`: what `read_committed` may read. `None` before the first answer."""
    polled_at_ms: int
    """When the broker answered last, milliseconds since the Unix epoch, UTC."""

    def caught_up(self, position: int, now_ms: int) -> bool:
        """Say whether everything in the log has been applied, as of a moment ago."""
        return (
            self.end is not None
            and self.end <= self.fetched
            and self.drained <= position
            and now_ms - self.polled_at_ms <= FRESH_MS
        )


class Source(Protocol):
    """The consumer, as its partitions see it."""

    def reach(self, topic: str, partition: int) -> Reach | None:
        """Return how far the fetcher is, or `None` while the partition is not assigned or has no position."""

    async def seek_back(self, topic: str, partition: int, offset: int) -> int:
        """Send the fetcher to `offset`; return the number that batches drained from there carry as `seeks`."""
