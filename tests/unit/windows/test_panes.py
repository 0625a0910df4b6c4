from __future__ import annotations

from zoneinfo import ZoneInfo

from pipeline.measures import Measure
from pipeline.windows.histogram import codes_of
from pipeline.windows.openwork import StartTimes
from pipeline.windows.panes import HourRow, LeafPanes, Shelf
from pipeline.windows.rows import RowType, cell_of, read_slot_key, slot_key, unpack
from pipeline.windows.slots import DAY, HOUR, Slots

NEVER = -(1 << 40)
DAY_0 = 20_000 * DAY
CELL = dict(zip(codes_of(Measure.FIRST_REPLY, 90_000, (60_000,)), (90_000, 1, 1), strict=True))


def rows_of(panes: LeafPanes) -> dict[bytes, bytes | None]:
    rows: dict[bytes, bytes | None] = {}
    panes.write(rows)
    return rows


def test_minutes_then_hours_then_days_then_nothing() -> None:
    panes = LeafPanes(("acme", "billing"), Slots(ZoneInfo("UTC")))
    for minute in (DAY_0 + 1, DAY_0 + 2, DAY_0 + 61):
        assert panes.add(minute, CELL, NEVER, NEVER, NEVER) is RowType.MINUTE
        panes.hours.add(panes.slots.hour(minute), CELL)
    assert len(rows_of(panes)) == 3
    panes.settle_hour(DAY_0)
    rows = rows_of(panes)
    assert [rows[slot_key(RowType.MINUTE, DAY_0 + minute, panes.tail)] for minute in (1, 2)] == [None, None]
    row = unpack(rows[slot_key(RowType.HOUR, DAY_0, panes.tail)] or b"", HourRow)
    assert row.cell == {code: 2 * amount for code, amount in CELL.items()}
    assert row.first_replies == {DAY_0 + 1: (1, 90_000), DAY_0 + 2: (1, 90_000)}
    # A late one to a settled hour, one to an hour that never had minutes, and the day.
    assert panes.add(DAY_0 + 2, CELL, NEVER, NEVER, NEVER) is RowType.HOUR
    assert panes.add(DAY_0 + 5 * HOUR, CELL, DAY_0 + DAY, NEVER, NEVER) is RowType.HOUR
    row = unpack(rows_of(panes)[slot_key(RowType.HOUR, DAY_0, panes.tail)] or b"", HourRow)
    assert row.first_replies[DAY_0 + 2] == (2, 180_000)
    assert panes.add(DAY_0 + 7, CELL, DAY_0 + DAY, DAY_0 + DAY, NEVER) is RowType.DAY
    rows = rows_of(panes)
    assert {key[:1] for key, value in rows.items() if value is not None} == {b"d"}
    (day,) = (value for value in rows.values() if value is not None)
    assert cell_of(day) == {code: 6 * amount for code, amount in CELL.items()}
    assert panes.add(DAY_0 + 8, CELL, NEVER, NEVER, NEVER) is RowType.DAY
    assert panes.add(DAY_0 + 9, CELL, NEVER, NEVER, DAY_0 + DAY) is None
    panes.forget_day(DAY_0)
    assert list(rows_of(panes).values()) == [None]


def test_panes_that_come_to_nothing_leave_no_row() -> None:
    panes = LeafPanes(("acme", "billing"), Slots(ZoneInfo("UTC")))
    minus = {code: -amount for code, amount in CELL.items()}
    panes.add(DAY_0, CELL, NEVER, NEVER, NEVER)
    panes.add(DAY_0, minus, NEVER, NEVER, NEVER)
    assert rows_of(panes) == {slot_key(RowType.MINUTE, DAY_0, panes.tail): None}
    panes.minutes.rest(DAY_0 + 1)
    assert DAY_0 not in panes.minutes
    panes.add(DAY_0, {0: 1}, DAY_0 + DAY, NEVER, NEVER)
    panes.add(DAY_0, {0: -1}, DAY_0 + DAY, NEVER, NEVER)
    assert rows_of(panes)[slot_key(RowType.HOUR, DAY_0, panes.tail)] is None


def test_cells_at_rest_read_and_add_like_hot_ones() -> None:
    shelf = Shelf()
    shelf.add(1, {5: 2})
    shelf.add(9, {5: 3})
    shelf.rest(5)
    assert sorted(shelf) == [1, 9]
    assert (shelf.get(1), shelf.get(9), shelf.get(4)) == ({5: 2}, {5: 3}, None)
    shelf.add(1, {5: 1, 6: 1})
    assert shelf.get(1) == {5: 3, 6: 1}
    shelf.rest(5)
    assert cell_of(shelf.encoded(1) or b"") == {5: 3, 6: 1}
    shelf.drop(1)
    assert 1 not in shelf


def test_keys_of_panes_are_ordered_and_read_back() -> None:
    panes = LeafPanes(("acme", "billing", ""), Slots(ZoneInfo("UTC")))
    keys = [slot_key(RowType.MINUTE, minute, panes.tail) for minute in (0, 255, 256, 1 << 33)]
    assert keys == sorted(keys)
    assert read_slot_key(keys[2]) == (256, ("acme", "billing", ""))


def test_the_cost_of_a_look_does_not_grow_with_the_number_of_open_tickets() -> None:
    class Counting(dict[int, int]):
        looks = 0

        def get(self, key: int, default: int = 0) -> int:  # type: ignore[override]
            Counting.looks += 1
            return super().get(key, default)

    def looks(tickets: int) -> int:
        times = StartTimes()
        for minute in range(DAY_0, DAY_0 + 10 * DAY, 7):
            times.add(minute, tickets, tickets * 30_000)
        times._minutes, times._hours, times._days = Counting(times._minutes), Counting(times._hours), Counting(times._days)
        Counting.looks = 0
        times.median_start()
        times.oldest_minute()
        times.before(DAY_0 + 5 * DAY)
        times.overlap_ms(DAY_0 + 10 * DAY - 60, (DAY_0 + 10 * DAY) * 60_000)
        return Counting.looks

    assert looks(1) == looks(500) < 700
