"""Turn records of `panes` into additions, or into dead letters."""

from __future__ import annotations

import msgspec

from pipeline.additions import SCHEMA, Additions
from pipeline.engine import Effects, Record
from pipeline.measures import Work
from pipeline.reasons import Reason
from pipeline.refusal import refusal

_LATEST_MINUTE = 4_000_000_000
"""Year 9575: beyond what the calendar can name."""


class Intake:
    """Reads records; what this version cannot read is refused, never guessed."""

    __slots__ = ("_decode", "_width")

    def __init__(self, width: int) -> None:
        """Expect leaves of `width` dimensions."""
        self._width = width
        self._decode = msgspec.msgpack.Decoder(Additions).decode

    def read(self, record: Record, effects: Effects) -> Additions | None:
        """Return a record's additions; `None` once it has become a dead letter in `effects`."""
        value = record.value or b""
        try:
            additions = self._decode(value)
        except msgspec.DecodeError:
            wrong = "not the additions that a ticket partition writes; is something else writing into this topic?"
        else:
            wrong = self._wrong(additions)
            if not wrong:
                return additions
        effects.dead_letters.append(refusal(record, Reason.WRONG_SHAPE if value else Reason.EMPTY, wrong))
        return None

    def _wrong(self, additions: Additions) -> str:
        if additions.schema != SCHEMA:
            return f"additions of schema {additions.schema}; this version reads {SCHEMA}"
        for leaf in additions.leaves:
            if len(leaf.leaf) != self._width:
                return f"a leaf of {len(leaf.leaf)} dimensions; {self._width} are configured here"
            if any(not 0 <= minute < _LATEST_MINUTE for minute in leaf.minutes):
                return "a minute outside 1970 to 9575"
            if any(not 0 <= work_index < len(Work) for work_index in leaf.work):
                return "a kind of open work that this version does not know"
            if any(not 0 <= start // 60_000 < _LATEST_MINUTE for starts in leaf.work.values() for start in starts):
                return "a start outside 1970 to 9575"
        return ""
