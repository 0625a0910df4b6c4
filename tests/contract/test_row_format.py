"""Golden rows: what an earlier version wrote into a changelog or into `panes` must be read by this one.

A change of format makes these fail: then raise the schema version, keep reading the old one, and add its bytes here.
"""

from __future__ import annotations

import base64

import msgspec

from pipeline.additions import Additions, LeafAdditions
from pipeline.measures import INDEX, WORK_INDEX, Measure, Work
from pipeline.tickets import row as rows
from pipeline.tickets.entry import STATUSES, unpack
from pipeline.tickets.rules import Promise
from tests.support.golden import ADDITIONS, PROMISE, TICKET_ROW


def test_a_ticket_row_of_schema_1_is_read() -> None:
    row = rows.decode(base64.b64decode(TICKET_ROW))
    assert rows.due_of(base64.b64decode(TICKET_ROW)) > 0
    assert (row.count, row.state.queue, row.state.replies) == (4, "billing", 1)
    assert STATUSES[row.state.status].value == "pending"
    assert [entry.at for entry in unpack(row.log, row.count)] == sorted(entry.at for entry in unpack(row.log, row.count))
    assert [clock.measure for clock in row.state.clocks] == [2, 3, 4]
    assert row.state.first_reply_ms == 600_000


def test_a_promise_is_read_and_keeps_its_id() -> None:
    promise = msgspec.msgpack.decode(base64.b64decode(PROMISE), type=Promise)
    assert (promise.policy, promise.limit_ms, promise.steps_ppm) == ("standard", 28_800_000, (750_000,))
    row = rows.decode(base64.b64decode(TICKET_ROW))
    assert promise.id in {clock.promise for clock in row.state.clocks}


def test_additions_of_schema_1_are_read() -> None:
    additions = msgspec.msgpack.decode(base64.b64decode(ADDITIONS), type=Additions)
    assert additions.leaves == [LeafAdditions(("billing", "chat", "normal"), {29_540_700: {0: 1}}, {0: {1_772_442_000_000: 1}})]


def test_measures_and_kinds_of_work_keep_their_places() -> None:
    assert [INDEX[m] for m in (Measure.CREATED, Measure.FIRST_REPLY, Measure.FULL_RESOLUTION_BUSINESS)] == [0, 5, 14]
    assert {work: place for place, work in enumerate(Work)} == WORK_INDEX
