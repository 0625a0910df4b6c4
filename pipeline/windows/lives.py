"""The alerts of a partition: one life per rule and judged segment, with its row."""

from __future__ import annotations

import msgspec

from pipeline.config import Domain
from pipeline.engine import Effects, Emit, Topic
from pipeline.judgement.alerts import AlertBook, Life, Place, Step, jump_terms
from pipeline.judgement.judge import Judgement, Terms
from pipeline.judgement.lag import Lag, lag_terms
from pipeline.signals import Alert
from pipeline.windows.board import Board
from pipeline.windows.ended import EndedAlerts
from pipeline.windows.rows import RowType, encode_owner, owner_key, pack, read_owner_key, unpack
from pipeline.windows.segment import AWAITING, SegmentState

RELATED = 8
"""Alerts that one alert names as related, at most."""
_encode = msgspec.json.Encoder().encode


class Lives:
    """Takes the alerts from tick to tick. A life whose segment is no longer judged is ended at the next tick."""

    __slots__ = ("_board", "_books", "_epoch", "_lag", "_lags", "_orphans", "_read", "active", "ended", "jump")

    def __init__(self, domain: Domain, board: Board, epoch: int) -> None:
        """Start without any."""
        self._board = board
        self.jump = jump_terms(domain)
        """The terms of the FRT-jump rule."""
        self._lag = None if domain.lag is None else lag_terms(domain.lag)
        self._lags: dict[str, Life] = {}
        """The alert on the lag of a tenant's numbers, by tenant."""
        self._books: dict[Terms, AlertBook] = {}
        self._epoch = epoch
        self.ended = EndedAlerts(domain.retention.alerts)
        self._orphans: dict[bytes, Life] = {}
        self._read: dict[bytes, Life] = {}
        self.active: dict[bytes, tuple[SegmentState, str]] = {}
        """Segments of which a rule holds, fires or clears, each with the rule's key, by the key of the row."""

    def __bool__(self) -> bool:
        """Whether an alert may change with every tick; those that are judged on the hour do not."""
        return bool(self._orphans or self._lags) or any(state.lives for state, _ in self.active.values())

    def step(self, state: SegmentState, terms: Terms, judgement: Judgement, at_ms: int, effects: Effects) -> None:
        """Take one rule's alert on one segment to this tick."""
        life = _lives(state, terms.key).get(terms.key)
        if life is None and not judgement.holds:
            return
        waiting = state.work[AWAITING].count
        related = self._related(state, terms.key)
        place = Place(state.segment.tenant, state.name, state.pairs, self._epoch, waiting, state.oldest(AWAITING), related)
        step = self._book(terms).step(life, judgement, place, at_ms)
        if step.life != life:
            self._keep(state, terms.key, step.life, effects)
        self._say(step, effects)

    def suspend(self, state: SegmentState, effects: Effects) -> None:
        """Hold every alert on one segment while nothing can be judged."""
        for rule, life in list(state.lives.items()):
            held = self._book(self.jump).suspend(life)
            if held != life:
                self._keep(state, rule, held, effects)

    def step_lag(self, lag: Lag, at_ms: int, effects: Effects) -> None:
        """Take the alerts on the lag of every tenant's numbers to this tick."""
        if self._lag is None or not (lag.holds or self._lags):
            return
        for tenant in sorted({owner[0] for owner in self._board.leaves} | self._lags.keys()):
            life = self._lags.get(tenant)
            step = self._book(self._lag).step(life, lag, Place(tenant, "", {}, self._epoch), at_ms)
            if step.life != life:
                effects.rows[_key(self._lag.key, tenant, "")] = None if step.life is None else pack(step.life)
                if step.life is None:
                    del self._lags[tenant]
                else:
                    self._lags[tenant] = step.life
            self._say(step, effects)

    def close(self, at_ms: int, effects: Effects) -> None:
        """End a tick, ms: end what is no longer configured, and take from the topic what has been over for long enough."""
        for key, life in sorted(self._orphans.items()):
            effects.rows[key] = None
            self._say(self._book(self.jump).end(life, at_ms), effects)
        self._orphans.clear()
        self.ended.drop(at_ms, effects)

    def read(self, key: bytes, value: bytes) -> None:
        """Take up a row; `restored` must follow."""
        self._read[key] = unpack(value, Life)

    def restored(self) -> None:
        """Give every life to its segment."""
        for key, life in self._read.items():
            rule, *owner = read_owner_key(key)
            if self._lag is not None and rule == self._lag.key:
                self._lags[owner[0]] = life
                continue
            segment = self._board.shapes.segment(tuple(owner))
            state = None if segment is None else self._board.segments.get(segment)
            if state is None or rule not in self._rules(state):
                self._orphans[key] = life
            else:
                _lives(state, rule)[rule] = life
                self.active[key] = state, rule
        self._read.clear()

    def firing(self) -> list[Alert]:
        """Return the alerts that fire."""
        lives = [*(_lives(state, rule)[rule] for state, rule in self.active.values()), *self._lags.values()]
        return [life.said for life in lives if life.said is not None]

    def _keep(self, state: SegmentState, rule: str, life: Life | None, effects: Effects) -> None:
        key = self._key(state, rule)
        effects.rows[key] = None if life is None else pack(life)
        if life is None:
            del _lives(state, rule)[rule], self.active[key]
        else:
            _lives(state, rule)[rule] = life
            self.active[key] = state, rule

    def _say(self, step: Step, effects: Effects) -> None:
        if step.say is not None:
            effects.emits.append(Emit(Topic.ALERTS, step.say.id.encode(), _encode(step.say)))
            self.ended.said(step.say, effects)

    def _rules(self, state: SegmentState) -> set[str]:
        jump = set() if state.judged is None else {self.jump.key}
        return jump | {judge.terms.key for judge in state.judges} | {judge.terms.key for judge in state.hourly}

    def _related(self, state: SegmentState, rule: str) -> tuple[str, ...]:
        """Return the ids of the other alerts on the segment's queue, or on the very segment where it has none."""
        if len(self.active) < 2:
            return ()
        ids = [
            life.said.id
            for other, key in self.active.values()
            if (other is not state or key != rule) and _akin(state, other) and (life := _lives(other, key)[key]).said is not None
        ]
        return tuple(sorted(ids)[:RELATED])

    def _book(self, terms: Terms) -> AlertBook:
        book = self._books.get(terms)
        if book is None:
            book = self._books[terms] = AlertBook(terms, self._board.slots)
        return book

    def _key(self, state: SegmentState, rule: str) -> bytes:
        return _key(rule, *self._board.shapes.owner(state.segment))


def _lives(state: SegmentState, rule: str) -> dict[str, Life]:
    """Return where the life of a rule on a segment is kept."""
    return state.hourly_lives if any(judge.terms.key == rule for judge in state.hourly) else state.lives


def _key(*owner: str) -> bytes:
    return owner_key(RowType.ALERT, encode_owner(owner))


def _akin(one: SegmentState, other: SegmentState) -> bool:
    if one.segment.tenant != other.segment.tenant:
        return False
    queue = one.pairs.get("queue")
    return one is other if queue is None else queue == other.pairs.get("queue")
