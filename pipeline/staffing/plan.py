"""The plan of a week: what each hour of each queue takes, against who is on the rota."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from pipeline.config import Domain, zone_of
from pipeline.hours import Weekday
from pipeline.staffing.arrivals import Arrivals, Expected, Volume, same_hours
from pipeline.staffing.form import Fit, Handling, HourPlan, Plan, QueuePlan, Source
from pipeline.staffing.model import RotaStretch
from pipeline.staffing.profile import profile
from pipeline.staffing.terms import Terms
from pipeline.tickets.calendar import Calendar, Calendars
from pipeline.windows.slots import HOUR, MINUTE_MS, Slots

_HOUR_MS = HOUR * MINUTE_MS
_MILLI = 1_000
_QUARTERS = range(0, HOUR, 15)
_WEEKDAYS = tuple(Weekday)
_NOTHING = Volume({}, 1)


class Past(NamedTuple):
    """What came in whole hours of `[since, until)`, minutes."""

    arrivals: Arrivals
    since: int
    until: int


class Staff(NamedTuple):
    """What is known of responders."""

    shifts: Mapping[str, Counter[int]] | None = None
    """Time planned for work, ms, by queue and hour; `None`: no shift is known in that week."""
    measured: Mapping[str, int] = {}
    """Queue -> handling time, ms, where a log tells how long responders were busy."""


def week_from(slots: Slots, minute: int) -> list[int]:
    """Return the hours of the seven days that begin with the day of a minute."""
    hour = slots.day(slots.hour(minute))
    end = slots.local(hour * MINUTE_MS).date() + timedelta(days=7)
    found = []
    while slots.local(hour * MINUTE_MS).date() < end:
        found.append(hour)
        hour = slots.hour(hour + HOUR)
    return found


def plan(domain: Domain, past: Past, tenant: str, hours: Sequence[int], staff: Staff) -> Plan:
    """Make the plan of the hours of a week, from `week_from`, of one tenant."""
    slots, calendars, terms = Slots(zone_of(domain)), Calendars(domain), Terms(domain, staff.measured)
    table = domain.staffing.rota
    queues = sorted({*past.arrivals.queues(tenant), *table, *(staff.shifts or {})})
    alike = [same_hours(slots, hour, past.since, past.until, domain.staffing.weeks) for hour in hours]
    made = []
    for queue in queues:
        expected = [past.arrivals.expected(tenant, queue, known) for known in alike]
        planned = _planned(queue, hours, slots, staff.shifts, table)
        made.append(
            QueuePlan(
                queue=queue,
                weeks=min(map(len, alike)),
                hours=_hours(queue, hours, expected, calendars.of(queue), terms, planned),
                handling=_handling(domain, past, tenant, queue, terms),
            )
        )
    return Plan(
        tenant=tenant,
        zone=domain.zone,
        since=hours[0] * MINUTE_MS,
        until=(hours[-1] + HOUR) * MINUTE_MS,
        log_since=past.since * MINUTE_MS,
        log_until=past.until * MINUTE_MS,
        rota=Source.SHIFTS if staff.shifts is not None else Source.CONFIGURATION if table else Source.NONE,
        queues=tuple(made),
    )


def _hours(
    queue: str,
    hours: Sequence[int],
    expected: Sequence[Expected | None],
    calendar: Calendar,
    terms: Terms,
    planned: Sequence[int | None],
) -> tuple[HourPlan, ...]:
    open_hours = [any(calendar.is_open((hour + quarter) * MINUTE_MS) for quarter in _QUARTERS) for hour in hours]
    needs = [
        [terms.on_duty(number) for number in profile(queue, volumes, open_hours, terms)]
        for volumes in (
            [_NOTHING if one is None else one.usual for one in expected],
            [_NOTHING if one is None else one.fewest for one in expected],
            [_NOTHING if one is None else one.most for one in expected],
        )
    ]
    return tuple(
        _hour(hour, is_open, one, None if one is None else numbers, people)
        for hour, is_open, one, numbers, people in zip(
            hours, open_hours, expected, zip(*needs, strict=True), planned, strict=True
        )
    )


def _hour(
    hour: int, is_open: bool, expected: Expected | None, needs: tuple[int, ...] | None, planned_milli: int | None
) -> HourPlan:
    usual, fewest, most = needs or (None, None, None)
    return HourPlan(
        at=hour * MINUTE_MS,
        open=is_open,
        contacts_milli=None if expected is None else expected.usual.milli,
        fewest=None if expected is None else sum(expected.fewest.contacts.values()),
        most=None if expected is None else sum(expected.most.contacts.values()),
        need=usual,
        need_fewest=fewest,
        need_most=most,
        planned_milli=planned_milli,
        fit=_fit(usual, most, planned_milli),
    )


def _fit(need: int | None, most: int | None, planned_milli: int | None) -> Fit:
    if need is None or most is None or planned_milli is None:
        return Fit.UNKNOWN
    # Half a person is the rota's own grain: somebody comes at half past.
    if planned_milli - need * _MILLI <= -_MILLI // 2:
        return Fit.UNDER
    return Fit.OVER if planned_milli - most * _MILLI >= max(_MILLI, most * _MILLI // 4) else Fit.FITS


def _planned(
    queue: str,
    hours: Sequence[int],
    slots: Slots,
    shifts: Mapping[str, Counter[int]] | None,
    table: Mapping[str, Mapping[Weekday, Sequence[RotaStretch]]],
) -> list[int | None]:
    if shifts is not None:
        there = shifts.get(queue, Counter())
        return [there[hour] * _MILLI // _HOUR_MS for hour in hours]
    if not table:
        return [None] * len(hours)
    return [sum(_people(table.get(queue, {}), slots, hour + quarter) for quarter in _QUARTERS) * _MILLI // 4 for hour in hours]


def _people(week: Mapping[Weekday, Sequence[RotaStretch]], slots: Slots, minute: int) -> int:
    """Return who is planned at a minute; a night belongs to the day on which it begins."""
    local = slots.local(minute * MINUTE_MS)
    today, day_before = _WEEKDAYS[local.weekday()], _WEEKDAYS[local.weekday() - 1]
    at = local.time()
    people = 0
    for one in week.get(today, ()):
        overnight = one.until <= one.since
        people += one.people if one.since <= at and (overnight or at < one.until) else 0
    for one in week.get(day_before, ()):
        people += one.people if one.until <= one.since and at < one.until else 0
    return people


def _handling(domain: Domain, past: Past, tenant: str, queue: str, terms: Terms) -> tuple[Handling, ...]:
    found = []
    for channel, contacts in sorted(past.arrivals.total(tenant, queue, past.since, past.until).items()):
        asks = terms.of(queue, channel)
        found.append(
            Handling(
                channel=channel,
                effort_ms=None if asks is None else asks.effort_ms,
                measured=asks is not None and channel not in domain.staffing.handling,
                contacts=contacts,
                live=asks is not None and asks.live,
                within_ms=None if asks is None else asks.within_ms,
            )
        )
    return tuple(found)
