"""The job that every contender does for one event: decode it, drop duplicates, and fold it into its ticket's row.

It is the fold of `pipeline.tickets`, called for one key at a time, as frameworks want it. What firstreply does beside it
- additions told to the segments, open work, SLA events, ticket clocks, timers, service levels - the others are let off.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pipeline.additions import Ledger
from pipeline.codec import decode
from pipeline.events import Event
from pipeline.identity import event_hash
from pipeline.tickets import refold
from pipeline.tickets import row as rows
from pipeline.tickets.entry import entry_of
from pipeline.tickets.row import HotRow, TicketRow
from pipeline.tickets.rules import Rules
from pipeline.tickets.sla import next_timer
from pipeline.tickets.state import State
from pipeline.tickets.tally import Tally
from tests.bench.stream import settings

_ADDITIONS_KEPT = 2_000


class Ending(msgspec.Struct, frozen=True):
    """What all contenders must agree on."""

    tickets: int
    first_replies: int
    first_reply_sum_ms: int


def ending_of(first_replies: Iterable[int | None]) -> Ending:
    """Sum up the first reply times of all tickets, ms, `None` where there is none yet."""
    tickets = replies = total = 0
    for first_reply_ms in first_replies:
        tickets += 1
        if first_reply_ms is not None:
            replies += 1
            total += first_reply_ms
    return Ending(tickets, replies, total)


class Job:
    """The fold, and what it has made of every ticket."""

    def __init__(self) -> None:
        self.rules = Rules(settings().domain)
        self.count = 0
        self.first_replies: dict[bytes | str, int | None] = {}
        self._ledger = Ledger()

    def fold(self, key: bytes | str, stored: bytes | None, value: bytes, timestamp_ms: int) -> bytes:
        """Fold one record into an encoded row; return the new one."""
        hot = HotRow(TicketRow(State()) if stored is None else rows.decode(stored), [], 0)
        self.fold_hot(key, hot, value, timestamp_ms)
        return rows.encode(hot.row, next_timer(hot.row.state) or 0)

    def fold_hot(self, key: bytes | str, hot: HotRow | None, value: bytes, timestamp_ms: int) -> HotRow:
        """Fold one record into a row that is kept decoded."""
        self.count += 1
        hot = hot or HotRow(TicketRow(State()), [], 0)
        event = decode(value, appended_at=timestamp_ms)
        assert type(event) is Event
        digest = event_hash(event)
        if not refold.knows(hot.row, digest):
            if self.count % _ADDITIONS_KEPT == 0:
                self._ledger = Ledger()
            refold.apply(hot, entry_of(event, digest), timestamp_ms, Tally(self.rules, event.tenant, self._ledger))
            self.first_replies[key] = hot.row.state.first_reply_ms
        return hot

    def ending(self) -> Ending:
        """Return what has become of the tickets."""
        return ending_of(self.first_replies.values())
