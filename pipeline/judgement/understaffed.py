"""Too few people: what comes to a queue takes more responders than are there. Live only.

The definition is docs/semantics.md, "Too few people". The trigger is the steady need at the lower bound of what came; who
waits only counts into the size, because contacts that somebody is just answering look like a backlog.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import isqrt
from typing import NamedTuple

from pipeline.alertrules import UnderstaffedModel
from pipeline.judgement.judge import Scene, Terms, Told
from pipeline.judgement.words import count, duration
from pipeline.measures import Measure, base
from pipeline.staffing.crew import Crew, Crews
from pipeline.staffing.sizing import Flow, Sizing, Waiting, sizing
from pipeline.staffing.terms import Terms as StaffingTerms
from pipeline.standings import StaffingStanding
from pipeline.tickets.calendar import Calendar
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS

NAME = "understaffed"
WINDOW = 30
"""Minutes of arrivals that make the load."""
_CREATED = base(Measure.CREATED)
_PPM, _MILLI = 1_000_000, 1_000
_LOWER = 705_600
"""0.84 squared, millionths: one in five Poisson counts is lower than their mean by more than 0.84 of its root."""


def understaffed_terms(model: UnderstaffedModel) -> Terms:
    """Return the terms of the rule."""
    return Terms(NAME, model.severity, model.raise_after, model.clear_after)


class Shortage(NamedTuple):
    """What the rule says."""

    holds: bool
    clears: bool
    crew: Crew | None
    """Who is there; `None`: that cannot be told."""
    size_of: Sizing
    contacts: int
    """That came within the window."""
    clear_ms: int
    is_open: bool = True
    """Within the queue's hours."""

    @property
    def missing(self) -> int:
        """Return how many more it takes, the backlog included; 0 where that cannot be told."""
        return 0 if self.crew is None else max(0, self.size_of.with_backlog - self.crew.here)

    @property
    def lasting(self) -> int:
        """Return how many more it takes for what goes on coming."""
        return 0 if self.crew is None else max(0, self.size_of.steady - self.crew.here)

    @property
    def peak(self) -> int:
        """Return how many are missing."""
        return self.missing

    @property
    def size(self) -> tuple[int, ...]:
        """Return how many are missing, in steps of about a quarter, and whether that can be told."""
        return int(self.crew is not None), _coarse(self.missing), min(self.lasting, 1)

    def tell(self, scene: Scene) -> Told:
        """Write the page."""
        hourly = self.contacts * 60 // WINDOW
        comes = f"{count(hourly, 'contact')} an hour come, {scene.who_waits}"
        if self.crew is None:
            summary = f"{scene.where}: who is there is not told any more, so nobody can tell how many are missing; {comes}"
            return Told(summary, _LOOK, numbers={"contacts_per_hour": hourly})
        here, rota = self.crew
        size_of = self.size_of
        needed = f"{size_of.with_backlog} needed, {here} there, {rota} on the rota"
        alone = self._alone()
        summary = f"{scene.where}: {count(self.missing, 'person is', 'people are')} missing: {needed}; {comes}{alone}"
        return Told(
            summary,
            self._action(),
            numbers={
                "missing": self.missing,
                "missing_after_backlog": self.lasting,
                "needed": size_of.with_backlog,
                "there": here,
                "planned": rota,
                "contacts_per_hour": hourly,
                "backlog": size_of.backlog,
                "kept_now_ppm": size_of.kept_ppm,
            }
            | ({} if size_of.done_ms is None else {"done_in_ms": size_of.done_ms}),
        )

    def standing(self) -> StaffingStanding:
        """Return what readers of the service level are told."""
        size_of, crew, known = self.size_of, self.crew, self.crew is not None
        needed, steady = (size_of.with_backlog, size_of.steady) if self.is_open else (0, 0)
        return StaffingStanding(
            needed=needed,
            needed_after_backlog=steady,
            there=None if crew is None else crew.here,
            planned=None if crew is None else crew.planned,
            missing=None if crew is None else max(0, needed - crew.here),
            missing_after_backlog=None if crew is None else max(0, steady - crew.here),
            contacts_per_hour=self.contacts * 60 // WINDOW,
            backlog=size_of.backlog,
            kept_now_ppm=size_of.kept_ppm if known else None,
            done_in_ms=size_of.done_ms if known else None,
            words=self._words(needed),
        )

    def _words(self, needed: int) -> str:
        if not self.is_open:
            return "closed: nobody is needed now"
        if self.crew is None:
            return f"cannot tell who is there: presence is not told; {needed} needed"
        here, rota = self.crew
        missing = needed - here
        lead = f"{missing} missing" if missing > 0 else "enough"
        return f"{lead}: {needed} needed, {here} there, {rota} on the rota"

    def _alone(self) -> str:
        if self.size_of.done_ms is None:
            return "; with those who are there the backlog grows"
        return f"; those who are there need {duration(self.size_of.done_ms)} for the backlog" if self.size_of.done_ms else ""

    def _action(self) -> str:
        if self.missing > self.lasting:
            first = f"Call {count(self.missing, 'person', 'people')} for {duration(self.clear_ms)}"
            rest = f"then {self.lasting} while customers come like this" if self.lasting else "then none"
            return f"{first}, {rest}. Those of the rota who are not there come first."
        many = count(self.lasting, "person", "people")
        return f"Call {many} for as long as customers come like this. Those of the rota who are not there come first."


BEHIND = StaffingStanding(
    needed=None,
    needed_after_backlog=None,
    there=None,
    planned=None,
    missing=None,
    missing_after_backlog=None,
    contacts_per_hour=None,
    backlog=None,
    kept_now_ppm=None,
    done_in_ms=None,
    words="cannot tell: the events of tickets lag behind",
)
"""What is told while the numbers are too old to judge by."""
_LOOK = "See whether the help desk still tells presence (topic responder-events); until then judge by who you see."


class Inflow:
    """What one leaf brings to its queue."""

    __slots__ = ("_channel", "_judge")

    reach = WINDOW

    def __init__(self, judge: UnderstaffedJudge, channel: str) -> None:
        """Bring contacts of a channel."""
        self._judge = judge
        self._channel = channel

    def add(self, minute: int, cell: Cell) -> None:
        """Note what came in a minute."""
        if amount := cell.get(_CREATED):
            self._judge.came(minute, self._channel, amount)


class UnderstaffedJudge:
    """The rule on one queue."""

    __slots__ = ("_calendar", "_came", "_crews", "_judged", "_model", "_queue", "_tenant", "_terms", "_waits", "terms", "wake_ms")

    reach = WINDOW

    def __init__(
        self, model: UnderstaffedModel, terms: StaffingTerms, crews: Crews, calendar: Calendar, where: tuple[str, str]
    ) -> None:
        """Judge a tenant's queue (`where`) by the hours of `calendar`."""
        self.terms = understaffed_terms(model)
        self.wake_ms: int | None = None
        self._model = model
        self._terms = terms
        self._crews = crews
        self._calendar = calendar
        self._tenant, self._queue = where
        self._came: dict[int, Counter[str]] = {}
        """Minute -> channel -> contacts."""
        self._waits: list[tuple[str, StartTimes]] = []
        self._judged: tuple[int, int, Shortage] | None = None

    @property
    def restless(self) -> bool:
        """Return whether anything came of late."""
        return bool(self._came)

    def join(self, channel: str, waits: StartTimes) -> Inflow:
        """Take in a leaf: its channel, and who waits there for a first reply."""
        self._waits.append((channel, waits))
        return Inflow(self, channel)

    def came(self, minute: int, channel: str, amount: int) -> None:
        """Note contacts."""
        self._came.setdefault(minute, Counter())[channel] += amount

    def add(self, minute: int, cell: Cell) -> None:
        """Leave it to the leaves, which know their channel."""

    def judge(self, at_ms: int) -> Shortage:
        """Judge at a time, ms; once a minute, and whenever it is told anew who is there."""
        minute, version = at_ms // MINUTE_MS, self._crews.version(self._tenant)
        if self._judged is None or self._judged[:2] != (minute, version):
            self._judged = minute, version, self._shortage(minute)
        return self._judged[2]

    def _shortage(self, minute: int) -> Shortage:
        for old in [one for one in self._came if one < minute - WINDOW]:
            del self._came[old]
        contacts: Counter[str] = Counter()
        for one, counts in self._came.items():
            if one < minute:
                contacts.update(counts)
        at_ms = minute * MINUTE_MS
        crew = self._crews.of(self._tenant, self._queue, at_ms)
        here = 0 if crew is None else crew.here
        flow = Flow(self._queue, contacts, WINDOW * MINUTE_MS)
        size_of = sizing(self._terms, flow, self._waiting(at_ms), here, self._model.clear_in)
        is_open = self._calendar.is_open(at_ms)
        least_gap = max(self._model.missing, -(-here * round(self._model.share * _PPM) // _PPM))
        holds = crew is not None and is_open and self._least(contacts) - here >= least_gap
        clears = not is_open or (crew is not None and size_of.steady <= here)
        return Shortage(holds, clears, crew, size_of, contacts.total(), self._model.clear_in, is_open)

    def _least(self, contacts: Mapping[str, int]) -> int:
        """Return the steady need at the lower bound of what came."""
        number = sum(contacts.values())
        if number <= 0:
            return 0
        low_milli = max(0, number * _MILLI - isqrt(_LOWER * number))
        fewer = {channel: amount * low_milli // number for channel, amount in contacts.items()}
        flow = Flow(self._queue, fewer, WINDOW * MINUTE_MS * _MILLI)
        return sizing(self._terms, flow, (), 0, self._model.clear_in).steady

    def _waiting(self, at_ms: int) -> list[Waiting]:
        """Return the customers who wait, by channel and by bands of due times."""
        found: list[Waiting] = []
        for channel, waits in self._waits:
            asks = self._terms.of(self._queue, channel)
            if asks is None or waits.count <= 0:
                continue
            before = 0
            for due_ms in _BANDS_MS:
                # Due by then is who began to wait so long before.
                until = waits.before((at_ms + due_ms - asks.within_ms) // MINUTE_MS)
                if until > before:
                    found.append(Waiting(channel, due_ms, until - before))
                    before = until
            if waits.count > before:
                found.append(Waiting(channel, max(asks.within_ms, _BANDS_MS[-1]), waits.count - before))
        return found


_BANDS_MS = tuple(minutes * MINUTE_MS for minutes in (0, 15, 30, 60, 120, 240, 480, 960, 1_440, 2_880))
"""Upper bounds of due times."""


def _coarse(number: int) -> int:
    """Return a class of numbers that differ by less than about a quarter."""
    length = number.bit_length()
    return number if length < 3 else 8 * length + (number >> (length - 3))
