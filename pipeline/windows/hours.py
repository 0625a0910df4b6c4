"""The rules that are judged on the hour: when it is due, and the rows of what they remember."""

from __future__ import annotations

from typing import TypeAlias

from pipeline.engine import Effects
from pipeline.judgement.drop import Held, LevelJudge
from pipeline.windows.board import Board
from pipeline.windows.lives import Lives
from pipeline.windows.rows import Owner, RowType, encode_owner, owner_key, pack, read_owner_key, unpack
from pipeline.windows.segment import SegmentState
from pipeline.windows.slots import HOUR, MINUTE_MS

Rows: TypeAlias = dict[bytes, bytes | None]
_HOUR_MS = HOUR * MINUTE_MS


class HourlyRules:
    """Judges segments once in every hour: at its first tick at which the numbers can be judged."""

    __slots__ = ("_board", "_held", "_hour", "_lives", "_orphans")

    def __init__(self, board: Board, lives: Lives) -> None:
        """Start before every hour."""
        self._board = board
        self._lives = lives
        self._hour = -1
        """The last hour that was judged."""
        self._held: dict[Owner, dict[str, Held]] = {}
        self._orphans: list[bytes] = []

    def due(self, at_ms: int) -> bool:
        """Return whether the hour of a tick, ms, is still to be judged."""
        return bool(self._board.hourly) and at_ms // _HOUR_MS > self._hour

    def next_due(self, after_ms: int) -> int | None:
        """Return the beginning of the next hour after a tick, ms, where there is something to judge."""
        return (after_ms // _HOUR_MS + 1) * _HOUR_MS if self._board.hourly else None

    def judge(self, state: SegmentState, at_ms: int, effects: Effects) -> None:
        """Judge a segment at a tick, ms, if its hour is due; its windows have taken in all that came until then."""
        if state.standing is None or not state.hourly or not self.due(at_ms):
            return
        parts = state.level_parts(at_ms // MINUTE_MS, self._board.slots)
        for judge in state.hourly:
            self._lives.step(state, judge.terms, judge.judge(at_ms, state.standing, parts), at_ms, effects)
            if isinstance(judge, LevelJudge) and judge.changed:
                effects.rows[_key(self._board.shapes.owner(state.segment))] = pack(judge.held)
                judge.changed = False

    def end(self, at_ms: int, rows: Rows, *, judged: bool) -> None:
        """End a tick, ms: its hour has been judged, or could not be. Delete the rows of what is no longer configured."""
        if judged:
            self._hour = max(self._hour, at_ms // _HOUR_MS)
        for key in self._orphans:
            rows[key] = None
        self._orphans.clear()

    def read(self, key: bytes, value: bytes) -> None:
        """Take up a row; `restored` must follow."""
        self._held[read_owner_key(key)] = unpack(value, dict[str, Held])

    def restored(self, at_ms: int) -> None:
        """Give every segment what it held; the hour of the last tick, ms, has been judged."""
        self._hour = at_ms // _HOUR_MS if at_ms else -1
        for state in self._board.hourly:
            for judge in state.hourly:
                if isinstance(judge, LevelJudge):
                    judge.held = self._held.pop(self._board.shapes.owner(state.segment), judge.held)
        self._orphans = [_key(owner) for owner in self._held]
        self._held.clear()


def _key(owner: Owner) -> bytes:
    return owner_key(RowType.HELD, encode_owner(owner))
