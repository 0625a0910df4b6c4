"""The alerts of a partition: one life per rule and judged segment, with its row."""

from __future__ import annotations

import msgspec

from pipeline.config import Domain
from pipeline.engine import Effects, Emit, Topic
from pipeline.judgement.alerts import AlertBook, Life, Place, Step, jump_terms
from pipeline.judgement.jump import Verdict
from pipeline.signals import Alert
from pipeline.windows.board import Board
from pipeline.windows.rows import RowType, encode_owner, owner_key, pack, read_owner_key, unpack
from pipeline.windows.segment import AWAITING, SegmentState

_encode = msgspec.json.Encoder().encode


class Lives:
    """Takes the alerts from tick to tick. A life whose segment is no longer judged is ended at the next tick."""

    __slots__ = ("_board", "_book", "_epoch", "_orphans", "_read", "active")

    def __init__(self, domain: Domain, board: Board, epoch: int) -> None:
        """Start without any."""
        self._board = board
        self._book = AlertBook(jump_terms(domain), board.slots)
        self._epoch = epoch
        self._orphans: dict[bytes, Life] = {}
        self._read: dict[bytes, Life] = {}
        self.active: dict[bytes, SegmentState] = {}
        """Segments whose rule holds, fires or clears, by the key of the row."""

    def __bool__(self) -> bool:
        return bool(self.active or self._orphans)

    def step(self, state: SegmentState, verdict: Verdict, at_ms: int, effects: Effects) -> None:
        """Take the alert on one segment to this tick."""
        if state.life is None and not verdict.holds:
            return
        place = Place(state.segment.tenant, state.name, state.pairs, self._epoch)
        step = self._book.step(state.life, verdict, place, at_ms, state.oldest(AWAITING))
        key = self._key(state)
        if step.life != state.life:
            effects.rows[key] = None if step.life is None else pack(step.life)
            state.life = step.life
            if step.life is None:
                del self.active[key]
            else:
                self.active[key] = state
        _say(step, effects)

    def end_orphans(self, at_ms: int, effects: Effects) -> None:
        """End what is no longer configured."""
        for key, life in sorted(self._orphans.items()):
            effects.rows[key] = None
            _say(self._book.end(life, at_ms), effects)
        self._orphans.clear()

    def read(self, key: bytes, value: bytes) -> None:
        """Take up a row; `restored` must follow."""
        self._read[key] = unpack(value, Life)

    def restored(self) -> None:
        """Give every life to its segment."""
        for key, life in self._read.items():
            rule, *owner = read_owner_key(key)
            segment = self._board.shapes.segment(tuple(owner))
            state = None if segment is None else self._board.segments.get(segment)
            if state is None or state.judged is None or rule != self._book.terms.rule:
                self._orphans[key] = life
            else:
                state.life = life
                self.active[key] = state
        self._read.clear()

    def firing(self) -> list[Alert]:
        """Return the alerts that fire."""
        lives = [state.life for state in self.active.values()]
        return [life.said for life in lives if life is not None and life.said is not None]

    def _key(self, state: SegmentState) -> bytes:
        owner = (self._book.terms.rule, *self._board.shapes.owner(state.segment))
        return owner_key(RowType.ALERT, encode_owner(owner))


def _say(step: Step, effects: Effects) -> None:
    if step.say is not None:
        effects.emits.append(Emit(Topic.ALERTS, step.say.id.encode(), _encode(step.say)))
