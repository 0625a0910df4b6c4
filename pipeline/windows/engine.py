"""The segments engine: reads `panes`, keeps every number of its tenants, says service levels and alerts.

Live, additions count at once and a tick on the grid says what changed. In event time, additions wait until every source
partition has passed their tick and are applied, judged and said at exactly that time, so the bytes that leave depend on
the log alone. Either way a tick is bounded: it stops at about `BOUND` rows and records and is taken up by the next call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pipeline.additions import Additions
from pipeline.config import Domain
from pipeline.engine import Effects, Emit, Record, Row, TimeMode, Topic
from pipeline.judgement.judge import Judge
from pipeline.judgement.jump import JudgedSegment
from pipeline.judgement.lag import Sources
from pipeline.judgement.understaffed import BEHIND
from pipeline.published import Published
from pipeline.staffing.crew import CrewBoard
from pipeline.standings import StaffingStanding
from pipeline.windows.board import Board
from pipeline.windows.hours import HourlyRules
from pipeline.windows.intake import Intake
from pipeline.windows.job import KEY as JOB_KEY
from pipeline.windows.job import Job
from pipeline.windows.lives import Lives
from pipeline.windows.memories import Memories
from pipeline.windows.pending import Pending
from pipeline.windows.publishing import Picture
from pipeline.windows.rows import RowType, encode_owner, owner_key, pack, read_owner_key, unpack
from pipeline.windows.segment import SegmentState, Writer
from pipeline.windows.segments import Segment
from pipeline.windows.tellings import Tellings
from pipeline.windows.turns import Turns

BOUND = 2_000
"""Rows and records of one transaction, about."""
_TICKS = 1_000
"""Ticks run in one call: silent ones take time too."""
_SETTLED = 500
"""Rows of panes settled per tick, about."""
_TICK_KEY = RowType.TICK.value

_encode = msgspec.json.Encoder().encode


class SegmentsEngine:
    """The numbers of the tenants of one `panes` partition. Implements `pipeline.engine.Engine`."""

    def __init__(
        self, domain: Domain, partition: int, sources: int, time: TimeMode, epoch: int = 0, *, says_levels: bool = True
    ) -> None:
        """Start empty; `sources` is the number of ticket partitions that write into `panes`. Without `says_levels` only judge."""
        self.partition = partition
        self._live = time is TimeMode.LIVE
        self._says_levels = says_levels
        tick_ms = max(1, domain.segment_tick if self._live else domain.event_tick)
        self._grid_ms = domain.queue_tick if self._live and domain.queue_tick else tick_ms
        self._turns = Turns(self._grid_ms, tick_ms // self._grid_ms)
        self._beats = Turns(self._grid_ms, max(1, domain.heartbeat // self._grid_ms))
        # Between whole minutes the oldest waits grow and the window does not move: then every tick has to look.
        self._sleeps = self._grid_ms % 60_000 == 0
        self._board = Board(domain)
        self._intake = Intake(self._board.shapes.width)
        self._pending = Pending(sources, self._grid_ms)
        self._sources = Sources(sources, domain.lag.limit if domain.lag and self._live else None)
        self._recent = True
        """Whether what came in is recent enough to judge by, as of this tick."""
        self._lives = Lives(domain, self._board, epoch)
        self._tellings = Tellings(self._board)
        self._writer = Writer(domain, self._board.slots, epoch)
        self._memories = Memories(self._board)
        self._hourly = HourlyRules(self._board, self._lives)
        self._picture = Picture(domain, self._board, self._lives)
        self._last_ms = 0
        self._job: Job | None = None
        self._job_stored = False

    def restore(self, rows: Iterable[Row]) -> None:
        """Take up the committed rows of this partition.

        Raises:
            UnknownRowError: a later version wrote a row.

        """
        readers = {
            RowType.BUFFERED: self._pending.read_record,
            RowType.SOURCE: self._pending.read_source,
            RowType.ALERT: self._lives.read,
            RowType.TOLD: self._tellings.read,
            RowType.MEMORY: self._memories.read_memory,
            RowType.USUAL: self._memories.read_usual,
            RowType.CREW: self._read_crew,
            RowType.HELD: self._hourly.read,
            RowType.ENDED: self._lives.ended.read,
        }
        job: bytes | None = None
        for key, value in rows:
            match kind := RowType(key[:1]):
                case _ if kind in readers:
                    readers[kind](key, value)
                case RowType.TICK:
                    self._last_ms = unpack(value, int)
                case RowType.PROGRESS:
                    job = value
                case _:
                    self._board.read(kind, key, value)
        self._board.restored(self._last_ms)
        self._lives.restored()
        self._tellings.restored()
        self._memories.restored(self._last_ms)
        self._hourly.restored(self._last_ms)
        if job is not None:
            self._job = Job.read(job, self._board.shapes)
            self._job_stored = True
        if self._live:
            # What was said last is unknown: say everything, so that readers see the new owner at once.
            self._board.dirty.update(self._board.segments)

    def apply(self, records: Sequence[Record]) -> Effects:
        """Apply additions. In event time this runs the ticks that every source has passed; `more` asks for `tick`."""
        effects = Effects()
        for record in records:
            additions = self._intake.read(record, effects)
            if additions is None:
                continue
            if additions.crew is not None:
                self._note_crew(additions.tenant, additions.crew, effects)
                continue
            if self._live:
                self._sources.heard(additions.source, max(additions.tick, additions.passed))
                self._add(additions)
            else:
                self._pending.add(additions, effects.rows)
        self._board.write(effects.rows)
        if not self._live:
            self._advance(effects)
        return effects

    def tick(self, now_ms: int) -> Effects:
        """Live: say what changed up to the last grid time. Event time: go on with what `apply` left."""
        effects = Effects()
        if not self._live:
            self._advance(effects)
            return effects
        if self._job is None:
            at_ms = now_ms // self._grid_ms * self._grid_ms
            if at_ms <= self._last_ms:
                return effects
            self._job = self._begin(at_ms, effects)
        self._work(self._job, effects)
        self._close(effects)
        return effects

    def next_due(self) -> int | None:
        """Return the next tick with something to do."""
        if self._job is not None:
            return self._job.at_ms
        if not self._live:
            due = self._event_due()
            return due if due is not None and due <= self._pending.passed() else None
        return self._last_ms + self._grid_ms if self._board.leaves or self._lives else None

    def published(self) -> Published:
        """Return the numbers as of the last completed tick."""
        return self._picture.at(self._last_ms)

    def _add(self, additions: Additions) -> None:
        for leaf in additions.leaves:
            self._board.add(additions.tenant, leaf)

    def _note_crew(self, tenant: str, crew: CrewBoard, effects: Effects) -> None:
        """Keep who is there. In event time nobody is judged by it: presence has no tick of its own."""
        if not self._live:
            return
        crews, before = self._board.crews, self._board.crews.latest(tenant)
        crews.take(tenant, crew)
        effects.rows[owner_key(RowType.CREW, encode_owner((tenant,)))] = pack(crew)
        if before is None or before.queues != crew.queues:
            theirs = ((segment, state) for segment, state in self._board.segments.items() if segment.tenant == tenant)
            staffed = {segment for segment, state in theirs if state.staffing is not None}
            self._board.dirty |= staffed
            self._board.fresh |= staffed

    def _read_crew(self, key: bytes, value: bytes) -> None:
        (tenant,) = read_owner_key(key)
        self._board.crews.take(tenant, unpack(value, CrewBoard))

    def _advance(self, effects: Effects) -> None:
        """Run ticks, in order, up to the time that every source has passed, or to the bound."""
        passed = self._pending.passed()
        for _ in range(_TICKS):
            if len(effects.rows) + len(effects.emits) >= BOUND:
                break
            if self._job is None:
                due = self._event_due()
                if due is None or due > passed:
                    break
                self._job = self._begin(due, effects)
            self._work(self._job, effects)
        due = self._event_due()
        effects.more = self._job is not None or (due is not None and due <= passed)
        self._pending.written()
        self._close(effects)

    def _event_due(self) -> int | None:
        """Return the next tick at which additions wait, or time alone may change something."""
        times = [] if (tick := self._pending.next_tick()) is None else [tick]
        following = self._last_ms + self._grid_ms
        if self._last_ms:
            if self._lives:
                times.append(following)
            wakes = [wake for _, judged in self._board.judging if (wake := self._wake(judged)) is not None]
            later = (self._hourly.next_due(self._last_ms), self._lives.ended.next_due())
            wakes += [due for due in later if due is not None]
            if wakes:
                times.append(max(following, -(-min(wakes) // self._grid_ms) * self._grid_ms))
        return min(times, default=None)

    def _wake(self, judged: JudgedSegment | Judge) -> int | None:
        """Return the time before which the rule need not look at a segment."""
        if self._sleeps or judged.wake_ms is None:
            return judged.wake_ms
        return 0 if judged.restless else None

    def _begin(self, at_ms: int, effects: Effects) -> Job:
        """Apply the additions of a tick, and plan what is to be judged and said."""
        if not self._live:
            for tenant, leaf in self._pending.take(at_ms, effects.rows):
                self._board.add(tenant, leaf)
            self._board.write(effects.rows)
        board = self._board
        board.gather()
        self._recent = self._sources.recent(at_ms)
        new, board.new = board.new, []
        self._turns.add(new)
        self._beats.add(new)
        if self._live:
            beating = {state.segment for state in self._beats.between(self._last_ms, at_ms)}
            turning = {state.segment for state in self._turns.between(self._last_ms, at_ms)}
            whole = board.dirty & (beating | turning | {state.segment for state in new})
            say = whole | beating | {segment for segment in board.fresh if board.shapes.is_queue(segment)}
            waiting = (state for state, judged in board.judging if state.lives or judged.restless)
            judge = {state.segment for state in waiting if self._says_at(state, at_ms)}
        else:
            whole = say = set(board.dirty)
            wakes = ((state, self._wake(judged)) for state, judged in board.judging)
            judge = {state.segment for state, wake in wakes if state.lives or (wake is not None and wake <= at_ms)}
        board.dirty -= whole
        board.fresh.clear()
        if self._recent and self._hourly.due(at_ms):
            judge |= {state.segment for state in board.hourly}
        return Job.plan(at_ms, judge, say)

    def _work(self, job: Job, effects: Effects) -> None:
        """Do as much of a tick as fits into the effects; end it when nothing is left."""
        rows, emits = effects.rows, effects.emits
        self._board.gather()
        self._board.flush(self._rolling(job))
        while job.left:
            if len(rows) + len(emits) >= BOUND:
                return
            segment = job.left.pop()
            self._judge_and_say(self._board.segments[segment], job, effects)
        self._lives.close(job.at_ms, effects)
        self._memories.end_orphans(rows)
        self._hourly.end(job.at_ms, rows, judged=self._recent)
        if self._live:
            self._lives.step_lag(self._sources.lag(job.at_ms), job.at_ms, effects)
        self._board.settle(job.at_ms, _SETTLED)
        self._board.write(rows)
        self._last_ms = job.at_ms
        self._job = None

    def _rolling(self, job: Job) -> Iterable[Segment]:
        """Return the segments of a tick whose windows move."""
        if self._hourly.due(job.at_ms):
            return job.left
        return [segment for segment in job.left if self._says_windows(self._board.segments[segment], job.at_ms)]

    def _says_windows(self, state: SegmentState, at_ms: int) -> bool:
        """Return whether a segment, if said at a tick, ms, is said with its windows: on its turn, or if they were never told."""
        turns = (self._turns, self._beats)
        return not self._live or any(turn.has(state, self._last_ms, at_ms) for turn in turns) or state.is_new

    def _says_at(self, state: SegmentState, at_ms: int) -> bool:
        """Return whether a segment is judged and said at a tick, ms: a queue at each, the others spread over `segment_tick`."""
        return self._board.shapes.is_queue(state.segment) or self._turns.has(state, self._last_ms, at_ms)

    def _judge_and_say(self, state: SegmentState, job: Job, effects: Effects) -> None:
        verdict = None if state.judged is None else state.judged.judge(job.at_ms)
        if not self._recent:
            self._lives.suspend(state, effects)
        else:
            if verdict is not None:
                self._lives.step(state, self._lives.jump, verdict, job.at_ms, effects)
            for judge in state.judges:
                self._lives.step(state, judge.terms, judge.judge(job.at_ms), job.at_ms, effects)
            if state.judges:
                self._memories.write(state, effects.rows)
            self._hourly.judge(state, job.at_ms, effects)
        if self._says_levels and state.segment in job.say:
            beats = not self._live or self._beats.has(state, self._last_ms, job.at_ms)
            reuse = not self._says_windows(state, job.at_ms)
            staffing = self._staffing(state, job.at_ms)
            level = self._writer.level(
                state, job.at_ms, verdict, staffing, recent=self._recent, reuse=reuse, reuse_long=not beats
            )
            self._picture.said(state, level)
            effects.emits.append(Emit(Topic.SERVICE_LEVELS, state.key, _encode(level)))

    def _staffing(self, state: SegmentState, at_ms: int) -> StaffingStanding | None:
        """Return how many responders a queue takes. It is judged once a minute, so a finer grid of event time cannot tell."""
        if state.staffing is None or not (self._live or self._sleeps):
            return None
        return state.staffing.judge(at_ms).standing() if self._recent else BEHIND

    def _close(self, effects: Effects) -> None:
        """Write how far this came, where a new owner would otherwise not know."""
        self._tellings.write(effects.rows)
        if self._job is not None:
            self._memories.write_all(effects.rows)
        if self._live:
            effects.more = self._job is not None
        elif self._job is not None:
            effects.rows[JOB_KEY] = self._job.row(self._board.shapes)
            self._job_stored = True
        elif self._job_stored:
            effects.rows[JOB_KEY] = None
            self._job_stored = False
        if effects.rows or effects.emits:
            effects.rows[_TICK_KEY] = pack(self._last_ms)
