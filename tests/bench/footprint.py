"""Open tickets at rest and at work: bytes resident, restore, cost per event.

`python -m tests.bench.footprint KIT TICKETS EVENTS`, as `tests.bench.core` calls it: a process of its own per size, so that
what is resident is this size's alone. Rows are copies of real open tickets of the bench's log under ids of their own. Says one
line of JSON.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from pipeline.codec import encode
from pipeline.engine import LogRecord, Row
from pipeline.events import ActorKind, Delivery, Direction, Event, EventType, MessageKind, Visibility
from pipeline.tickets import row as rows
from pipeline.tickets.engine import TicketsEngine
from tests.bench.stages import BATCH, drive, records_of
from tests.bench.stream import settings

_TEMPLATE_EVENTS = 20_000
_TENANT = "demo"
_SAME = 1_000
"""So many tickets get the events that every size gets."""
_PASSES = 5


class Footprint(msgspec.Struct, frozen=True):
    """One size."""

    tickets: int
    row_bytes: int
    """Mean size of an encoded row."""
    restored_rows_per_second: float
    """In the process, rows already read; CPU."""
    rest_bytes: float
    """Resident per ticket after the restore."""
    work_bytes: float
    """Resident per ticket after the work, with as many rows decoded as the cache holds."""
    same_us: float
    """CPU per event: the same events to the same 1,000 tickets at every size; the best of several passes."""
    spread_us: float
    """CPU per event: as many events spread over all tickets, most of which have to be decoded first."""


def open_rows() -> list[bytes]:
    """Return rows of tickets that are open at the end of a log, with a promise that runs."""
    engine = TicketsEngine(settings().domain)
    kept: dict[bytes, bytes | None] = {}
    log = records_of(_TEMPLATE_EVENTS)
    for start in range(0, len(log), BATCH):
        kept.update(engine.apply(log[start : start + BATCH]).rows)
    found = [value for key, value in kept.items() if value is not None and not key.startswith(b"\x01")]
    return [data for data in found if rows.due_of(data) and rows.decode(data).state.unsolved]


def promises() -> list[Row]:
    """Return the rows that tell an engine which promises the others were given."""
    effects = TicketsEngine(settings().domain).apply(records_of(_TEMPLATE_EVENTS))
    return [Row(key, value) for key, value in effects.rows.items() if value is not None and key.startswith(b"\x01promise")]


def copies(templates: Sequence[bytes], tickets: int) -> Iterator[Row]:
    """Yield so many rows, each with bytes of its own."""
    for number in range(tickets):
        template = templates[number % len(templates)]
        yield Row(key_of(number), bytes(bytearray(template)))


def key_of(number: int) -> bytes:
    return f"{_TENANT}:F{number:08d}".encode()


def resident() -> int:
    """Return what this process holds in memory, bytes, once garbage is collected."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def writes(number: int, sequence: int, at_ms: int) -> Event:
    """Let customer and responder write in turn."""
    customer = sequence % 2 == 0
    return Event(
        type=EventType.MESSAGE_ADDED,
        id=f"f:{number}:{sequence}",
        source=f"/{_TENANT}/bench",
        tenant=_TENANT,
        ticket_id=f"F{number:08d}",
        occurred_at=at_ms,
        actor=ActorKind.CUSTOMER if customer else ActorKind.RESPONDER,
        message_id=f"m{number}-{sequence}",
        direction=Direction.IN if customer else Direction.OUT,
        visibility=Visibility.PUBLIC,
        message_kind=MessageKind.REPLY,
        delivery=Delivery.SENT,
    )


def messages(chosen: Callable[[int], int], count: int, first: int, start_ms: int) -> list[LogRecord]:
    """Return `count` messages, a second apart, to the tickets that `chosen` names."""
    found: list[LogRecord] = []
    for index in range(count):
        number, at_ms = chosen(index), start_ms + index
        value = encode(writes(number, first + index // _SAME, at_ms))
        found.append(LogRecord("ticket-events", 0, first * _SAME + index, at_ms, key_of(number), value))
    return found


def cost(engine: TicketsEngine, records: Sequence[LogRecord]) -> float:
    """Return microseconds of CPU per event."""
    return drive(engine, list(records), ticks=False).apply / len(records) * 1e6


def measure(templates: Sequence[bytes], promised: Sequence[Row], tickets: int, events: int) -> Footprint:
    """Measure one size. Everything that is fed to the engine is made before anything is weighed."""
    start_ms = max(rows.decode(template).last[0] for template in templates) + 1_000
    passes = [
        messages(lambda index: index % _SAME, events, number * 1_000, start_ms + number * events) for number in range(_PASSES)
    ]
    rng = random.Random(3)
    wide = messages(lambda _: rng.randrange(tickets), events, _PASSES * 1_000, start_ms + _PASSES * events)
    engine = TicketsEngine(settings().domain)
    engine.restore(promised)
    before = resident()
    engine.restore(copies(templates, tickets))
    at_rest = resident()
    same_us = min([cost(engine, records) for records in passes])
    spread_us = cost(engine, wide)
    at_work = resident()
    return Footprint(
        tickets=tickets,
        row_bytes=sum(map(len, templates)) // len(templates),
        restored_rows_per_second=restore_speed(promised, templates, min(tickets, 200_000)),
        rest_bytes=(at_rest - before) / tickets,
        work_bytes=(at_work - before) / tickets,
        same_us=same_us,
        spread_us=spread_us,
    )


def restore_speed(promised: Sequence[Row], templates: Sequence[bytes], tickets: int) -> float:
    """Return rows a second that an engine takes up, once they are read."""
    read = list(copies(templates, tickets))
    engine = TicketsEngine(settings().domain)
    engine.restore(promised)
    spent = time.process_time()
    engine.restore(read)
    return tickets / (time.process_time() - spent)


class Kit(msgspec.Struct):
    """Made once and read by every size."""

    templates: list[bytes]
    promised: list[tuple[bytes, bytes]]


def kit() -> bytes:
    """Return what every size starts from."""
    return msgspec.msgpack.encode(Kit(open_rows(), [(row.key, row.value) for row in promises()]))


def main() -> None:
    file, tickets, events = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    read = msgspec.msgpack.decode(file.read_bytes(), type=Kit)
    found = measure(read.templates, [Row(*row) for row in read.promised], tickets, events)
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


if __name__ == "__main__":
    main()
