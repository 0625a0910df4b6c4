"""The numbers of one partition: every leaf, every segment above it, and which panes are due to be settled."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.additions import LeafAdditions
from pipeline.config import Domain, zone_of
from pipeline.judgement.expectedwait import ExpectedWaits
from pipeline.judgement.hourly import HourlyJudges
from pipeline.judgement.judge import Judge
from pipeline.judgement.judges import Judges, remind
from pipeline.judgement.jump import JudgedSegment, JumpRule
from pipeline.judgement.standing import Standings
from pipeline.judgement.understaffed import UnderstaffedJudge
from pipeline.staffing.crew import Crews
from pipeline.windows.keeps import Keeps
from pipeline.windows.leaf import LeafState
from pipeline.windows.levels import specs
from pipeline.windows.rows import Cell, Owner, RowType, read_owner_key, read_slot_key, read_work_key
from pipeline.windows.segment import AWAITING, SegmentState
from pipeline.windows.segments import Segment, Shapes
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, Slots

_LONG_AGO = -(1 << 40)


class Board:
    """All leaves and segments of a partition."""

    __slots__ = (
        *("_days", "_days_since", "_hour_days", "_hours_since", "_judges", "_keeps", "_minute_hours", "_minutes_since"),
        *("_gathered", "_rested", "_rule", "_settled", "_specs", "_unflushed", "changed", "crews", "dirty", "fresh", "judged"),
        *("hourly", "judging", "leaves", "new", "seen", "segments", "shapes", "slots", "_hourly", "_standings", "telling"),
    )

    def __init__(self, domain: Domain) -> None:
        """Start empty."""
        self.slots = Slots(zone_of(domain))
        self.shapes = Shapes(domain)
        self.leaves: dict[Owner, LeafState] = {}
        self.segments: dict[Segment, SegmentState] = {}
        self.new: list[SegmentState] = []
        """Segments made since the engine last took them up; they are never dropped."""
        self.judged: list[tuple[SegmentState, JudgedSegment]] = []
        """Segments that the jump rule judges."""
        self.judging: list[tuple[SegmentState, JudgedSegment | Judge]] = []
        """Every rule on every segment."""
        self.telling: list[tuple[SegmentState, ExpectedWaits]] = []
        """Segments that tell an expected wait."""
        self.hourly: list[SegmentState] = []
        """Segments that some rule judges on the hour."""
        self.dirty: set[Segment] = set()
        """Segments with additions that their windows have not told of."""
        self.fresh: set[Segment] = set()
        """Segments with additions gathered since the last tick began."""
        self.changed: dict[Owner, LeafState] = {}
        """Leaves with rows to write."""
        self._unflushed: set[Owner] = set()
        self._gathered: set[Segment] = set()
        """Segments whose windows lack additions."""
        self.seen: set[Owner] = set()
        """Leaves with additions since the last picture, which clears it."""
        self._specs = specs(domain)
        self._rule = JumpRule(domain)
        self.crews = Crews()
        self._judges = Judges(domain, self.crews)
        self._keeps = Keeps.of(domain, self._rule)
        self._standings = Standings(domain, self.slots)
        self._hourly = HourlyJudges(domain)
        self._minutes_since = self._hours_since = self._days_since = self._rested = self._settled = _LONG_AGO
        self._minute_hours: dict[int, set[Owner]] = {}
        self._hour_days: dict[int, set[Owner]] = {}
        self._days: dict[int, set[Owner]] = {}

    def add(self, tenant: str, additions: LeafAdditions) -> None:
        """Add what a source says of one leaf."""
        leaf = self._leaf((tenant, *additions.leaf))
        for minute, cell in additions.minutes.items():
            self._add_cell(leaf, minute, cell)
        for work_index, starts in additions.work.items():
            for start, amount in starts.items():
                leaf.work.add(work_index, start, amount)
            if work_index == AWAITING:
                for state in leaf.above:
                    if state.judged is not None:
                        state.judged.wake_ms = 0
        if self._judges and additions.work:
            for state in leaf.above:
                for judge in state.judges:
                    judge.wake_ms = 0
        self.changed[leaf.owner] = leaf
        self.seen.add(leaf.owner)
        self._unflushed.add(leaf.owner)
        self.dirty.update(state.segment for state in leaf.above)

    def gather(self) -> None:
        """Bring additions into judgements and open work, added up over batches and leaves: before any of them is read."""
        self.seen |= self._unflushed  # a picture taken since they came has not seen their open work
        for owner in self._unflushed:
            leaf = self.leaves[owner]
            leaf.flush()
            above = [state.segment for state in leaf.above]
            self._gathered.update(above)
            self.fresh.update(above)
        self._unflushed.clear()

    def flush(self, segments: Iterable[Segment]) -> None:
        """Bring what was gathered into the windows of some segments: before any of them is read."""
        for segment in self._gathered.intersection(segments):
            self.segments[segment].flush()
            self._gathered.discard(segment)

    def write(self, rows: dict[bytes, bytes | None]) -> None:
        """Put the rows of what changed into `rows`."""
        for leaf in self.changed.values():
            leaf.write(rows)
        self.changed.clear()

    def settle(self, at_ms: int, limit: int) -> None:
        """Move what has passed its retention at a time, ms, to coarser panes: about `limit` rows, the rest next time."""
        minute = at_ms // MINUTE_MS
        hour = self.slots.hour(minute)
        if hour == self._settled:
            return
        self.gather()
        self.flush(self.segments)
        if hour > self._rested:
            self._rest(hour)
        until_hour = self.slots.hour(minute - self._keeps.minutes)
        until_day = self.slots.day(self.slots.hour(minute - self._keeps.hours))
        forget_day = self.slots.day(self.slots.hour(minute - self._keeps.days))
        for due in sorted(slot for slot in self._minute_hours if slot < until_hour):
            for owner in sorted(self._minute_hours.pop(due)):
                self.leaves[owner].panes.settle_hour(due)
                limit -= self._touch(owner)
            if limit <= 0:
                self._minutes_since = max(self._minutes_since, due + 1)
                return
        self._minutes_since = max(self._minutes_since, until_hour)
        for due in sorted(slot for slot in self._hour_days if slot < until_day):
            for owner in sorted(self._hour_days.pop(due)):
                self.leaves[owner].panes.settle_day(due)
                self._days.setdefault(due, set()).add(owner)
                self._touch(owner)
        self._hours_since = max(self._hours_since, until_day)
        for due in sorted(slot for slot in self._days if slot < forget_day):
            for owner in sorted(self._days.pop(due)):
                self.leaves[owner].panes.forget_day(due)
                self._touch(owner)
        self._days_since = max(self._days_since, forget_day)
        self._settled = hour

    def read(self, kind: RowType, key: bytes, value: bytes) -> None:
        """Take up a row of a leaf; `restored` must follow once all are in."""
        match kind:
            case RowType.WORK:
                work_index, minute, owner = read_work_key(key)
                self._leaf(owner).work.read(work_index, minute, value)
            case RowType.TOTAL:
                self._leaf(read_owner_key(key)).totals.read(value)
            case _:
                slot, owner = read_slot_key(key)
                self._leaf(owner).panes.read(kind, slot, value)

    def restored(self, at_ms: int) -> None:
        """Build what follows from the rows, at the last tick, ms."""
        recent = at_ms // MINUTE_MS - self._rule.window
        self.seen.update(self.leaves)
        for leaf in self.leaves.values():
            panes = leaf.panes
            self._index(leaf)
            leaf.flush()
            self._recall(leaf)
            judged = [state.judged for state in leaf.above if state.judged is not None]
            for minute, waits, cell in panes.first_waits():
                for segment in judged:
                    segment.add(minute, waits, cell if minute >= recent else {})
            if judges := [judge for state in leaf.above for judge in state.judges]:
                remind(
                    (*judges, *leaf.inflows),
                    ((minute, panes.minutes.get(minute) or {}) for minute in panes.minutes),
                    at_ms // MINUTE_MS,
                )
        if at_ms:
            self._rest(self.slots.hour(at_ms // MINUTE_MS))

    def _add_cell(self, leaf: LeafState, minute: int, cell: Cell) -> None:
        leaf.totals.add(cell)
        hour = self.slots.hour(minute)
        where = leaf.panes.add(minute, cell, self._minutes_since, self._hours_since, self._days_since)
        if where is None:
            return
        day = self.slots.day(hour)
        if where is RowType.DAY:
            self._days.setdefault(day, set()).add(leaf.owner)
            for state in leaf.above:
                if state.standing is not None:
                    state.standing.add_day(day, cell)
            return
        self._hour_days.setdefault(day, set()).add(leaf.owner)
        if where is RowType.MINUTE:
            self._minute_hours.setdefault(hour, set()).add(leaf.owner)
        leaf.gather(minute, hour, cell, by_minutes=where is RowType.MINUTE)

    def _leaf(self, owner: Owner) -> LeafState:
        leaf = self.leaves.get(owner)
        if leaf is None:
            above = [self._segment(segment) for segment in self.shapes.above(owner[0], owner[1:])]
            leaf = self.leaves[owner] = LeafState(owner, self.slots, above)
            leaf.inflows = self._judges.inflows(owner, (judge for state in above for judge in state.judges), leaf.work)
        return leaf

    def _segment(self, segment: Segment) -> SegmentState:
        state = self.segments.get(segment)
        if state is None:
            state = self.segments[segment] = SegmentState(segment, self.shapes, self._specs, self._rule, self._judges)
            self.new.append(state)
            if state.judged is not None:
                self.judged.append((state, state.judged))
                self.judging.append((state, state.judged))
            state.judges = self._judges.of(segment.tenant, self.shapes.shapes[segment.shape], state.pairs, state.work)
            state.staffing = next((judge for judge in state.judges if isinstance(judge, UnderstaffedJudge)), None)
            self.judging += [(state, judge) for judge in state.judges]
            state.standing = self._standings.of(segment.tenant, state.pairs, state.work[AWAITING])
            if state.standing is not None and state.standing.wait is not None:
                self.telling.append((state, state.standing.wait))
            state.hourly = self._hourly.of(self.shapes.shapes[segment.shape], state.standing)
            if state.hourly:
                self.hourly.append(state)
        return state

    def _recall(self, leaf: LeafState) -> None:
        """Give goals the days that a leaf has seen."""
        standings = [state.standing for state in leaf.above if state.standing is not None and state.standing.goals]
        if not standings:
            return
        panes = leaf.panes
        days = [(self.slots.day(hour), panes.hours.get(hour)) for hour in panes.hours]
        days += [(day, panes.days.get(day)) for day in panes.days]
        for day, cell in days:
            for standing in standings:
                standing.add_day(day, cell or {})

    def _touch(self, owner: Owner) -> int:
        leaf = self.leaves[owner]
        self.changed[owner] = leaf
        return len(leaf.panes.changed)

    def _rest(self, hour: int) -> None:
        """Encode what has grown cold, and let go of what nothing reads any more."""
        self._rested = hour
        for leaf in self.leaves.values():
            leaf.panes.minutes.rest(hour - HOUR)
            leaf.panes.hours.rest(hour - HOUR)
        minutes, hours = hour - self._keeps.minutes - HOUR, hour - self._keeps.hours - DAY
        for state in self.segments.values():
            state.forget(minutes, hours)
        for _, judged in self.judged:
            judged.replies.forget(hour - self._rule.reach - HOUR)

    def _index(self, leaf: LeafState) -> None:
        panes = leaf.panes
        for minute in sorted(panes.minutes):
            self._minute_hours.setdefault(self.slots.hour(minute), set()).add(leaf.owner)
            for state in leaf.above:
                state.holds_minute(minute, panes)
        for hour in sorted(panes.hours):
            self._hour_days.setdefault(self.slots.day(hour), set()).add(leaf.owner)
            for state in leaf.above:
                state.holds_hour(hour, panes)
        for day in panes.days:
            self._days.setdefault(day, set()).add(leaf.owner)
