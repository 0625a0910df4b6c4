"""The state of one segment: its windows, its open work, its judgement - all of them sums over its leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zlib import crc32

from pipeline.config import Domain
from pipeline.customers.retention import of_window
from pipeline.duration import show
from pipeline.judgement.alerts import Life
from pipeline.judgement.expectedwait import Answers
from pipeline.judgement.firstreplies import NO_WAITS, FirstWaits
from pipeline.judgement.hourly import HourlyJudge
from pipeline.judgement.judge import Judge
from pipeline.judgement.judges import Judges
from pipeline.judgement.jump import JudgedSegment, JumpRule, Verdict
from pipeline.judgement.standing import NOWHERE, SegmentStanding, Standing
from pipeline.judgement.understaffed import UnderstaffedJudge
from pipeline.measures import WORK_INDEX, Measure, Work
from pipeline.signals import OpenWork, ServiceLevel, WindowLevels
from pipeline.standings import StaffingStanding
from pipeline.windows.levels import Month, SegmentWindow, WindowSpec
from pipeline.windows.opening import Openings
from pipeline.windows.openwork import LeafWork, StartTimes
from pipeline.windows.panes import LeafPanes
from pipeline.windows.rolling import Parts, Position, SlotIndex, split
from pipeline.windows.rows import Cell
from pipeline.windows.segments import Segment, Shapes
from pipeline.windows.slots import HOUR, MINUTE_MS, Slots

_CUSTOMERS = WORK_INDEX[Work.CUSTOMERS]
_REGISTER = (Measure.CUSTOMERS_WON.value, Measure.CUSTOMERS_LOST.value)
AWAITING = WORK_INDEX[Work.AWAITING_FIRST_REPLY]


class SegmentState:
    """One segment, now."""

    __slots__ = (
        *("_by_hour", "_by_minute", "_gathered", "_long", "_short", "_together", "hourly", "hourly_lives", "hours", "judged"),
        *(
            "judges",
            "key",
            "lives",
            "minutes",
            "name",
            "pairs",
            "phase",
            "segment",
            "staffing",
            "standing",
            "told_work",
            "windows",
        ),
        *("work", "works"),
    )

    def __init__(self, segment: Segment, shapes: Shapes, specs: tuple[WindowSpec, ...], rule: JumpRule, judges: Judges) -> None:
        """Start empty."""
        self.segment = segment
        self.key = shapes.key(segment)
        self.name = shapes.name(segment)
        self.pairs = shapes.pairs(segment)
        self.phase = crc32(self.key)
        """Spreads the heartbeats of segments over time."""
        self.works: list[LeafWork] = []
        self.minutes = SlotIndex()
        self.hours = SlotIndex()
        self._by_minute: dict[int, list[LeafPanes]] = {}
        """Which leaves have something in a minute: a segment has many leaves, a minute few of them."""
        self._by_hour: dict[int, list[LeafPanes]] = {}
        self.windows = [SegmentWindow(spec) for spec in specs]
        self._short = _positions(window for window in self.windows if not window.spec.by_hours)
        self._long = (
            *_positions(window for window in self.windows if window.spec.by_hours),
            *(window.month for window in self.windows if window.month is not None),
        )
        self.work = [StartTimes() for _ in Work]
        self.told_work: dict[int, tuple[object, OpenWork]] = {}
        """Kind of work -> what was last told of it, and as of what."""
        self.judged: JudgedSegment | None = None
        if segment.shape in shapes.judged:
            self.judged = JudgedSegment(rule, self.work[AWAITING], judges.calendar(self.pairs))
        self._gathered: dict[tuple[int, int, bool], Cell] = {}
        """Slot -> the cell of its set of windows, in `_together`."""
        self._together: dict[tuple[Position, ...], Cell] = {}
        self.judges: tuple[Judge, ...] = ()
        """Further rules that judge this segment."""
        self.lives: dict[str, Life] = {}
        """The alerts on this segment by the key of their rule, each from the time its rule begins to hold."""
        self.standing: SegmentStanding | None = None
        """Its level, goals and expected wait."""
        self.staffing: UnderstaffedJudge | None = None
        """The one of its judges that knows how many responders it takes."""
        self.hourly: tuple[HourlyJudge, ...] = ()
        """The rules on where it stands, judged on the hour."""
        self.hourly_lives: dict[str, Life] = {}
        """Their alerts, as in `lives`."""

    def gather(self, minute: int, hour: int, cell: Cell, leaf: LeafPanes, waits: FirstWaits, *, by_minutes: bool) -> None:
        """Note what a leaf added, the waits for a first reply that ended among it; `flush` brings it into the windows.

        Slots that lie in the same windows are added up: a batch that touches many minutes touches few sets of windows.
        """
        place = (minute, hour, by_minutes)
        there = self._gathered.get(place)
        if there is None:
            there = self._gathered[place] = self._together.setdefault(self._inside(minute, hour, by_minutes=by_minutes), {})
        for code, amount in cell.items():
            there[code] = there.get(code, 0) + amount
        self.holds_hour(hour, leaf)
        if by_minutes:
            self.holds_minute(minute, leaf)
        if self.judged is not None and waits != NO_WAITS:
            self.judged.add(minute, waits, cell)
        for judge in self.judges:
            judge.add(minute, cell)
        if self.standing is not None:
            self.standing.add(minute, hour, cell)

    def _inside(self, minute: int, hour: int, *, by_minutes: bool) -> tuple[Position, ...]:
        """Return the windows' positions that hold an hour, or a minute that is still told apart."""
        inside = [at for at in self._long if at.since <= hour < at.until]
        if by_minutes:
            inside += [at for at in self._short if at.since <= minute < at.until]
        return tuple(inside)

    def flush(self) -> None:
        """Bring what was gathered into the windows; none of them may have moved since."""
        for inside, cell in self._together.items():
            if inside:
                parts = split(cell)
                for position in inside:
                    position.tally.add(parts)
        self._gathered.clear()
        self._together.clear()

    def holds_minute(self, minute: int, leaf: LeafPanes) -> None:
        """Note that a leaf has something in a minute."""
        self.minutes.add(minute)
        _hold(self._by_minute, minute, leaf)

    def holds_hour(self, hour: int, leaf: LeafPanes) -> None:
        """Note that a leaf has something in an hour."""
        self.hours.add(hour)
        _hold(self._by_hour, hour, leaf)

    def forget(self, minutes: int, hours: int) -> None:
        """Drop the minutes and the hours before these."""
        for index, held, before in ((self.minutes, self._by_minute, minutes), (self.hours, self._by_hour, hours)):
            for slot in index.between(0, before):
                held.pop(slot, None)
            index.forget(before)

    def read_minute(self, minute: int) -> list[Cell]:
        """Return the cells of the leaves in a minute."""
        return [cell for leaf in self._by_minute.get(minute, ()) if (cell := leaf.minutes.get(minute))]

    def read_hour(self, hour: int) -> list[Cell]:
        """Return the cells of the leaves in an hour."""
        return [cell for leaf in self._by_hour.get(hour, ()) if (cell := leaf.hours.get(hour))]

    def stand(self, at_ms: int, *, recent: bool) -> Standing:
        """Return where the segment stands at a time, ms; its windows have been rolled there. Not `recent`: events lag."""
        if self.standing is None:
            return NOWHERE
        name = self.standing.window
        parts = next((window.now.tally.parts for window in self.windows if window.spec.name == name), {})
        return self.standing.judge(at_ms, parts, Answers(self.minutes, self.read_minute), recent=recent)

    def level_parts(self, minute: int, slots: Slots) -> Parts:
        """Return what the window of the service level holds at a time in `minute`; nothing where there is none."""
        name = "" if self.standing is None else self.standing.window
        for window in self.windows:
            if window.spec.name == name:
                until = window.spec.until(minute, slots)
                by_hours = window.spec.by_hours
                return (
                    window.roll(until, self.hours, self.read_hour)
                    if by_hours
                    else window.roll(until, self.minutes, self.read_minute)
                )
        return {}

    @property
    def is_new(self) -> bool:
        """Say whether some window of it was never told of."""
        return any(window.told is None for window in self.windows)

    def oldest(self, work_index: int) -> int | None:
        """Return when the oldest open work of a kind began, ms, exactly."""
        minute = self.work[work_index].oldest_minute()
        if minute is None:
            return None
        return min((at for leaf in self.works if (at := leaf.oldest(work_index, minute)) is not None), default=None)


def _positions(windows: Iterable[SegmentWindow]) -> tuple[Position, ...]:
    return tuple(position for window in windows for position in (window.now, *window.before))


def _hold(held: dict[int, list[LeafPanes]], slot: int, leaf: LeafPanes) -> None:
    there = held.get(slot)
    if there is None:
        held[slot] = [leaf]
    elif leaf not in there:
        there.append(leaf)


def works_of(domain: Domain) -> tuple[tuple[Work, int], ...]:
    """Return the kinds of open work that a configuration has, and their indices."""
    return tuple((work, index) for work, index in WORK_INDEX.items() if work is not Work.CUSTOMERS or domain.customers)


class Writer:
    """Writes service levels."""

    __slots__ = ("_bands", "_customers", "_expiry_ms", "_nothing", "_openings", "_works", "epoch", "slots")

    def __init__(self, domain: Domain, slots: Slots, epoch: int) -> None:
        """Take bands and expiry from the configuration."""
        self._bands = tuple((band, show(band)) for band in sorted(domain.age_bands))
        self._expiry_ms = domain.signal_expiry
        names = [name for _, name in self._bands]
        self._nothing = OpenWork(count=0, oldest_at=None, p50_age_ms=None, bands=dict.fromkeys([*names, "older"], 0))
        self._openings = Openings(domain)
        self._works = works_of(domain)
        self._customers = domain.customers is not None
        self.epoch = epoch
        self.slots = slots

    def level(
        self,
        state: SegmentState,
        at_ms: int,
        verdict: Verdict | None,
        staffing: StaffingStanding | None,
        *,
        recent: bool,
        reuse: bool,
        reuse_long: bool,
    ) -> ServiceLevel:
        """Return the service levels of a segment at a time, ms.

        With `reuse`, its windows are as last computed; with `reuse_long`, those over a day. Not `recent`: the events lag behind.
        """
        minute = at_ms // MINUTE_MS
        windows = {window.spec.name: self._window(state, window, minute, reuse, reuse_long) for window in state.windows}
        edges = tuple(-((band - at_ms) // MINUTE_MS) for band, _ in self._bands)
        standing = state.stand(at_ms, recent=recent)
        return ServiceLevel(
            tenant=state.segment.tenant,
            segment=state.pairs,
            as_of=at_ms,
            expires_at=at_ms + self._expiry_ms,
            epoch=self.epoch,
            windows=windows,
            work={work.value: self._work(state, index, minute, edges) for work, index in self._works},
            first_reply_now_ms=None if verdict is None else verdict.now_ms,
            first_reply_usual_ms=None if verdict is None else verdict.usual_ms,
            retention_ppm=self._retention(state, windows) if self._customers else {},
            opening=self._openings.of(state.pairs, at_ms),
            level=standing.level,
            goals=standing.goals,
            expected_wait=standing.expected_wait,
            staffing=staffing,
        )

    @staticmethod
    def _retention(state: SegmentState, windows: Mapping[str, WindowLevels]) -> dict[str, int]:
        at_end, found = state.work[_CUSTOMERS].count, {}
        for name, window in windows.items():
            won, lost = (window.counters[code].now if code in window.counters else 0 for code in _REGISTER)
            retention = of_window(at_end, won, lost)
            if retention is not None:
                found[name] = retention
        return found

    def _window(self, state: SegmentState, window: SegmentWindow, minute: int, reuse: bool, reuse_long: bool) -> WindowLevels:
        if reuse and window.told is not None:
            return window.told
        until = window.spec.until(minute, self.slots)
        if reuse_long and window.spec.by_hours and (last := window.last(until)) is not None:
            return last
        month = Month(self.slots.hour(minute) + HOUR, state.hours, state.read_hour)
        if window.spec.by_hours:
            return window.levels(until, state.hours, state.read_hour, month)
        return window.levels(until, state.minutes, state.read_minute, month)

    def _work(self, state: SegmentState, index: int, minute: int, edges: tuple[int, ...]) -> OpenWork:
        """Return the open work of a kind at a minute; counted anew where it has changed, or time has moved an edge of a band."""
        times = state.work[index]
        if times.count == 0:
            return self._nothing
        seen = (times.version, minute, edges)
        told = state.told_work.get(index)
        if told is None or told[0] != seen:
            told = state.told_work[index] = (seen, self._count_work(state, index, minute, edges))
        return told[1]

    def _count_work(self, state: SegmentState, index: int, minute: int, edges: tuple[int, ...]) -> OpenWork:
        times = state.work[index]
        bands: dict[str, int] = {}
        above = times.count
        for edge, (_, name) in zip(edges, self._bands, strict=True):
            older = times.before(edge)
            bands[name] = above - older
            above = older
        bands["older"] = above
        median = times.median_start()
        return OpenWork(
            count=times.count,
            oldest_at=state.oldest(index),
            p50_age_ms=None if median is None else max(0, minute - median) * MINUTE_MS,
            bands=bands,
        )
