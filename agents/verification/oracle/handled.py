"""Who handled a ticket and how, what it stands for and what the customer said of it: read off the whole list of its moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from agents.verification.oracle.calendar import OpeningHours
from agents.verification.oracle.facts import DONE, EndedBy, Fact, Leaf, TicketResult, Wait
from pipeline.config import Domain
from pipeline.events import ActorKind, Delivery, Direction, Event, EventType, MessageKind, Status, Visibility
from pipeline.measures import Measure

SPENT = {status: (f"status_{status}_ms", f"status_{status}_business_ms") for status in Status if status not in DONE}


@dataclass(frozen=True)
class Moment:
    """One event of a life, and what stood before and after it."""

    event: Event
    before: dict[str, object]
    after: dict[str, object]
    leaf: Leaf
    hours: OpeningHours
    silent: bool
    """Nothing is counted: the ticket is gone."""
    was_done: bool
    """Solved before it; also where closing shows a solve that was not seen."""
    done: bool
    replied: bool
    failed: bool
    """The event's message never left."""
    first_wait_since: int | None
    """Start of the first wait, if it runs when the event's creation and reopening have been read."""
    origin_before: int
    origin_after: int
    """Creation, where known by then, else the first event."""

    @property
    def at_ms(self) -> int:
        return self.event.occurred_at

    @property
    def solves(self) -> bool:
        return self.done and not self.was_done

    @property
    def reopens(self) -> bool:
        return self.was_done and not self.done

    def text(self, name: str, *, before: bool = False) -> str:
        value = (self.before if before else self.after).get(name)
        return "" if value is None else str(value)


class Handled:
    """One life, looked at as a whole."""

    def __init__(self, domain: Domain, moments: list[Moment], result: TicketResult, created_at: int | None) -> None:
        """Take the moments of one life in their order, and what was found of it."""
        self.domain, self.moments, self.result, self.created_at = domain, moments, result, created_at
        self.live = {str(channel) for channel in domain.live_channels}
        self.taken = next((place for place, moment in enumerate(moments) if self._takes(moment)), None)

    def facts(self) -> list[Fact]:
        found: list[Fact] = []
        for part in (self._pickup, self._moves, self._statuses, self._unassigned, self._solves, self._expectation, self._ratings):
            found += part()
        return found

    def _takes(self, moment: Moment) -> bool:
        holder = moment.text("assignee")
        return moment.event.actor is ActorKind.RESPONDER or (holder != "" and holder not in self.domain.automations)

    def _pickup(self) -> Iterator[Fact]:
        if self.taken is None:
            return
        moment = self.moments[self.taken]
        since = moment.first_wait_since
        if since is not None and moment.text("channel") in self.live and not moment.silent:
            yield Fact(Measure.PICKUP, moment.at_ms, moment.leaf, max(0, moment.at_ms - since))
            yield Fact(Measure.PICKUP_BUSINESS, moment.at_ms, moment.leaf, moment.hours.elapsed(since, moment.at_ms))

    def _moves(self) -> Iterator[Fact]:
        for moment in self.moments:
            left = {
                name for name in ("queue", "team", "assignee") if moment.text(name, before=True) not in ("", moment.text(name))
            }
            if left & {"queue", "team"} and not moment.silent:
                yield Fact(Measure.TRANSFERS, moment.at_ms, moment.leaf, 1)
            if "assignee" in left and not moment.silent:
                yield Fact(Measure.REASSIGNMENTS, moment.at_ms, moment.leaf, 1)

    def _statuses(self) -> Iterator[Fact]:
        since: int | None = None
        created = False
        for moment in self.moments:
            first_creation = moment.event.type is EventType.CREATED and not created
            created = created or first_creation
            if moment.event.status is None:
                continue
            before = moment.before.get("status")
            if before is None and (first_creation or (moment.was_done and moment.done)):
                since = moment.event.occurred_at if moment.event.created_at is None else moment.event.created_at
                continue
            left = Status.NEW if before is None else Status(str(before))
            if left is moment.event.status:
                continue
            if left not in DONE:
                calendar, business = SPENT[left]
                yield from self._spent(calendar, business, moment, moment.origin_before if since is None else since)
            since = moment.at_ms

    def _spent(self, calendar: str, business: str, moment: Moment, since: int) -> Iterator[Fact]:
        if moment.at_ms > since and not moment.silent:
            yield Fact(Measure(calendar), moment.at_ms, moment.leaf, moment.at_ms - since)
            yield Fact(Measure(business), moment.at_ms, moment.leaf, moment.hours.elapsed(since, moment.at_ms))

    def _unassigned(self) -> Iterator[Fact]:
        since: int | None = None
        for moment in self.moments:
            held, holds = moment.text("assignee", before=True) != "", moment.text("assignee") != ""
            was_solved = moment.before.get("status") in DONE
            if holds and not held and not was_solved:
                begun = moment.origin_before if since is None else since
                yield from self._spent("unassigned_ms", "unassigned_business_ms", moment, begun)
            if (held and not holds) or moment.reopens:
                since = moment.at_ms
            if moment.solves and not holds:
                begun = moment.origin_after if since is None else since
                yield from self._spent("unassigned_ms", "unassigned_business_ms", moment, begun)

    def _solves(self) -> Iterator[Fact]:
        """Each counted solve that still stands, and the last one's cost."""
        if self.created_at is None:
            return
        counted = [
            place for place, moment in enumerate(self.moments) if moment.solves and not moment.silent and self._created_by(place)
        ]
        for place in counted:
            moment = self.moments[place]
            if not any(later.reopens or later.replied for later in self.moments[place + 1 :]):
                measure = self._class_of(place)
                if measure is not None:
                    yield Fact(measure, moment.at_ms, moment.leaf, 1)
        if counted:
            yield from self._cost(self.moments[counted[-1]], counted[-1])

    def _created_by(self, place: int) -> bool:
        return any(moment.event.type is EventType.CREATED for moment in self.moments[: place + 1])

    def _class_of(self, place: int) -> Measure | None:
        moment = self.moments[place]
        if self.taken is None or self.taken > place:
            if moment.event.actor is ActorKind.CUSTOMER:
                return Measure.SELF_SERVED
            answered = any(_is_answer(earlier.event) and not earlier.failed for earlier in self.moments[: place + 1])
            return Measure.SELF_SERVED if moment.event.actor is ActorKind.AUTOMATION and answered else None
        return Measure.ONE_TOUCH if self._touches(place) == 1 else None

    def _touches(self, place: int) -> int:
        count, in_session = 0, False
        for moment in self.moments[: place + 1]:
            in_session = in_session and not moment.reopens
            if moment.replied:
                count += 0 if in_session and moment.text("channel") in self.live else 1
                in_session = True
        return count

    def _cost(self, moment: Moment, place: int) -> Iterator[Fact]:
        prices = {str(channel): model for channel, model in self.domain.costs.items()}.get(moment.text("channel"))
        if prices is not None:
            worked = 0
            if self.taken is not None and self.taken <= place:
                worked = moment.hours.elapsed(self.moments[self.taken].at_ms, moment.at_ms)
            price = prices.contact + floor(Fraction(worked * prices.minute, 60_000))
            yield Fact(Measure.COST, moment.at_ms, moment.leaf, price)
            yield Fact(Measure.CONTACTS_COSTED, moment.at_ms, moment.leaf, 1)

    def _expectation(self) -> Iterator[Fact]:
        """How each wait for a first reply ended; also whether the customer left at once."""
        for wait in self.result.waits:
            if wait.first:
                yield from self._judged(wait)

    def _judged(self, first: Wait) -> Iterator[Fact]:
        if first.ended_at is None:
            return
        moment = self.moments[first.ended_at]
        limit = {str(channel): length for channel, length in self.domain.expectations.items()}.get(moment.text("channel"))
        if moment.silent or (first.ended_by is EndedBy.SOLVE and not moment.solves):
            return
        lasted = moment.at_ms - first.start_ms
        short = first.ended_by is EndedBy.ABANDONED and lasted <= self.domain.short_abandon
        if short:
            yield Fact(Measure.ABANDONED_SHORT, moment.at_ms, moment.leaf, 1)
        elif limit is not None:
            met = lasted <= limit and first.ended_by is not EndedBy.ABANDONED
            yield Fact(Measure.EXPECTATION_MET if met else Measure.EXPECTATION_MISSED, moment.at_ms, moment.leaf, 1)

    def _ratings(self) -> Iterator[Fact]:
        standing: dict[str, tuple[Moment, Fraction]] = {}
        offered = False
        for moment in self.moments:
            event, share = moment.event, _share(moment.event)
            if _is_survey(event) and not moment.failed:
                offered = True
                if not moment.silent:
                    yield Fact(Measure.SURVEYS_OFFERED, moment.at_ms, moment.leaf, 1)
            elif share is not None and not moment.silent:
                if offered:
                    offered = False
                    yield Fact(Measure.SURVEYS_ANSWERED, moment.at_ms, moment.leaf, 1)
                standing[str(event.rating_kind)] = (moment, share)
        for kind, (moment, share) in standing.items():
            for measure, value in _verdict(kind, share):
                if value:
                    yield Fact(measure, moment.at_ms, moment.leaf, value)


def _share(event: Event) -> Fraction | None:
    """Return how far up its scale a rating lies, to a millionth; `None` where it does not count."""
    usual = {"csat": (1, 5), "ces": (1, 7), "nps": (0, 10)}.get(event.rating_kind or "")
    if event.type is not EventType.RATED or usual is None or event.rating_score is None:
        return None
    worst = usual[0] if event.rating_low is None else event.rating_low
    best = usual[1] if event.rating_high is None else event.rating_high
    if worst == best:
        return None
    share = Fraction(event.rating_score - worst, best - worst)
    return Fraction(floor(share * 1_000_000), 1_000_000) if 0 <= share <= 1 else None


def _verdict(kind: str, share: Fraction) -> list[tuple[Measure, int]]:
    match kind:
        case "csat":
            satisfied = share >= Fraction(3, 4)
            score = floor(1000 * (1 + 4 * share))
            steps = [(Measure.CSAT_MIDDLING, int(share >= Fraction(1, 2))), (Measure.CSAT_DELIGHTED, int(share == 1))]
            return [(Measure.CSAT_ANSWERS, 1), (Measure.CSAT_SATISFIED, int(satisfied)), *steps, (Measure.CSAT_SCORE, score)]
        case "ces":
            return [(Measure.CES_ANSWERS, 1), (Measure.CES_SCORE, floor(1000 * (1 + 6 * share)))]
        case _ if share >= Fraction(9, 10):
            return [(Measure.NPS_PROMOTERS, 1)]
        case _ if share >= Fraction(7, 10):
            return [(Measure.NPS_PASSIVES, 1)]
        case _:
            return [(Measure.NPS_DETRACTORS, 1)]


def _went_out(event: Event) -> bool:
    public = event.direction is Direction.OUT and event.visibility is not Visibility.INTERNAL
    return event.type is EventType.MESSAGE_ADDED and public and event.delivery is not Delivery.FAILED


def _is_survey(event: Event) -> bool:
    return _went_out(event) and event.message_kind is MessageKind.SURVEY


def _is_answer(event: Event) -> bool:
    return _went_out(event) and event.message_kind is MessageKind.REPLY and event.actor is ActorKind.AUTOMATION
