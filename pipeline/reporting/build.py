"""From what was added to a report: the period's figures, and what they were before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.config import Domain, zone_of
from pipeline.measures import Measure
from pipeline.policy import SlaMeasure
from pipeline.reporting.cube import Cube
from pipeline.reporting.figures import Numbers, figure, figures
from pipeline.reporting.form import Bin, Figure, Form, Promise, Report, SegmentFigures, Wait
from pipeline.reporting.headline import headline
from pipeline.signals import Alert, ServiceLevel, TicketClocks
from pipeline.windows.rows import Cell
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS, WEEK, Slots

MONTH = 4 * WEEK
WORST = 15
"""Waits that a report names."""
_COLUMNS = ("created", "solved", "first_reply", "first_reply_business", "full_resolution", "reopened", "one_touch_rate", "csat")
_HOURLY_UNTIL = 3 * DAY
_DAILY_UNTIL = 17 * WEEK


class Period(NamedTuple):
    """Minutes of `[since, until)`."""

    since: int
    until: int

    def earlier(self, minutes: int) -> Period:
        """Return the same length, so many minutes earlier."""
        return Period(self.since - minutes, self.until - minutes)

    @property
    def length(self) -> int:
        """Return its length, minutes."""
        return self.until - self.since


class Ending(NamedTuple):
    """How things stood at the end of a period."""

    tickets: Sequence[TicketClocks] = ()
    """Those that the pipeline still keeps."""
    forgotten: Sequence[TicketClocks] = ()
    """The last that was said of those that it no longer keeps."""
    levels: Sequence[ServiceLevel] = ()
    alerts: Sequence[Alert] = ()


def report(domain: Domain, cube: Cube, tenant: str, period: Period, ending: Ending, form: Form = Form.PERIOD) -> Report:
    """Make the report of one tenant's period. Figures of earlier periods that the log does not reach are left out."""
    known = cube.span(tenant) or (period.since, period.until)
    slots = Slots(zone_of(domain))
    reaches = slots.day(slots.hour(known[0]))
    whole = figures(*_compared(cube, tenant, (), (), period, reaches))
    everything = next((level for level in ending.levels if not level.segment and level.tenant == tenant), None)
    waits = _waits(ending, tenant, period)
    promises = _promises(domain, cube, tenant, period, reaches)
    work = {} if everything is None else {name: work.count for name, work in everything.work.items()}
    alerts = [one for one in ending.alerts if one.tenant == tenant and _overlaps(one, period)]
    return Report(
        form=form,
        tenant=tenant,
        zone=domain.zone,
        since=period.since * MINUTE_MS,
        until=period.until * MINUTE_MS,
        complete_since=known[0] * MINUTE_MS,
        headline=headline(whole, promises, waits, work, alerts),
        figures=whole,
        by_queue=_by(cube, tenant, "queue", period, reaches),
        by_channel=_by(cube, tenant, "channel", period, reaches),
        by_topic=_by(cube, tenant, "topic", period, reaches),
        promises=promises,
        course=_course(domain, cube, tenant, period),
        step_ms=_step(period) * MINUTE_MS,
        volume=_volume(domain, cube, tenant, period),
        waits=waits[:WORST],
        open_work=work,
        levels=tuple((one.segment, one.level) for one in ending.levels if one.tenant == tenant and one.level is not None),
        goals=tuple((one.segment, goal) for one in ending.levels if one.tenant == tenant for goal in one.goals),
        alerts=tuple(sorted(alerts, key=lambda one: one.raised_at)),
    )


def _compared(
    cube: Cube, tenant: str, shape: Sequence[str], values: tuple[str, ...], period: Period, known_since: int
) -> tuple[Numbers, dict[str, Numbers]]:
    cells = {name: _cells(cube, tenant, shape, at, known_since) for name, at in _earlier(period).items()}
    then = {name: Numbers(None if found is None else found.get(values, {})) for name, found in cells.items()}
    return Numbers(cube.sums(tenant, shape, *period).get(values, {})), then


def _earlier(period: Period) -> dict[str, Period]:
    return {
        "previous": period.earlier(period.length),
        "last_week": period.earlier(WEEK),
        "month_before": period.earlier(MONTH),
    }


def _cells(cube: Cube, tenant: str, shape: Sequence[str], period: Period, known_since: int) -> dict[tuple[str, ...], Cell] | None:
    """Return the sums of a period by values, or `None` where the log begins later: half a period compares with nothing."""
    if period.since < known_since:
        return None
    return cube.sums(tenant, shape, *period)


def _by(cube: Cube, tenant: str, dimension: str, period: Period, known_since: int) -> tuple[SegmentFigures, ...]:
    if dimension not in cube.dimensions:
        return ()
    cells = {name: _cells(cube, tenant, (dimension,), at, known_since) for name, at in _earlier(period).items()}
    rows = []
    for values, cell in cube.sums(tenant, (dimension,), *period).items():
        then = {name: Numbers(None if found is None else found.get(values, {})) for name, found in cells.items()}
        now = Numbers(cell)
        shown: dict[str, Figure] = {code: figure(code, now, then) for code in _COLUMNS if now.has(code)}
        rows.append(SegmentFigures(segment={dimension: values[0]}, figures=shown))
    return tuple(sorted(rows, key=_size, reverse=True))


def _size(row: SegmentFigures) -> int:
    created = row.figures.get("created")
    return 0 if created is None else created.value or 0


def _promises(domain: Domain, cube: Cube, tenant: str, period: Period, known_since: int) -> tuple[Promise, ...]:
    order: tuple[tuple[str, ...], ...] = ((), ("queue",), ("team",), ("region",))
    found = []
    for shape in (one for one in order if set(one) <= set(domain.dimensions)):
        before = _cells(cube, tenant, shape, period.earlier(period.length), known_since)
        for values, cell in cube.sums(tenant, shape, *period).items():
            now, then = Numbers(cell), Numbers(None if before is None else before.get(values, {}))
            for promise in SlaMeasure:
                met, breached = (now.value(f"sla_{promise}_{outcome}") or 0 for outcome in ("met", "breached"))
                if met + breached > 0:
                    one = Promise(
                        segment=dict(zip(shape, values, strict=True)),
                        promise=promise.value,
                        met=met,
                        breached=breached,
                        kept_ppm=met * 1_000_000 // (met + breached),
                        previous_ppm=_kept(then, promise),
                    )
                    found.append(one)
    return tuple(sorted(found, key=lambda one: (order.index(tuple(one.segment)), -one.breached, -one.met)))


def _kept(numbers: Numbers, promise: SlaMeasure) -> int | None:
    met, breached = (numbers.value(f"sla_{promise}_{outcome}") or 0 for outcome in ("met", "breached"))
    return met * 1_000_000 // (met + breached) if met + breached > 0 else None


def _course(domain: Domain, cube: Cube, tenant: str, period: Period) -> tuple[Bin, ...]:
    slots, step = Slots(zone_of(domain)), _step(period)
    cells: dict[int, list[Cell]] = {}
    for minute, cell in cube.minutes(tenant, *period):
        cells.setdefault(_begin(slots, minute, step), []).append(cell)
    at, bins = _begin(slots, period.since, step), []
    while at < period.until:
        bins.append(_bin(at, cells.get(at, [])))
        # A day in which the clock goes back has 25 hours.
        at = _begin(slots, at + step + (2 * HOUR if step > HOUR else 0), step)
    return tuple(bins)


def _step(period: Period) -> int:
    """Return the length of a step of the course, minutes: as many as can be looked at."""
    return HOUR if period.length <= _HOURLY_UNTIL else DAY if period.length <= _DAILY_UNTIL else WEEK


def _begin(slots: Slots, minute: int, step: int) -> int:
    """Return where the hour, the day or the week (from Monday) of a minute begins in the zone."""
    hour = slots.hour(minute)
    if step == HOUR:
        return hour
    day = slots.day(hour)
    for _ in range(slots.local(day * MINUTE_MS).weekday() if step == WEEK else 0):
        day = slots.day(slots.hour(day - HOUR))
    return day


def _bin(at: int, cells: Iterable[Cell]) -> Bin:
    total: Cell = {}
    for cell in cells:
        for code, amount in cell.items():
            total[code] = total.get(code, 0) + amount
    numbers = Numbers(total)
    stats = numbers.stats(Measure.FIRST_REPLY.value)
    return Bin(
        since=at * MINUTE_MS,
        created=numbers.value("created") or 0,
        solved=numbers.value("solved") or 0,
        first_reply_p50_ms=stats.p50_ms,
        first_reply_p90_ms=stats.p90_ms,
        breached=sum(numbers.value(f"sla_{promise}_breached") or 0 for promise in SlaMeasure),
    )


def _volume(domain: Domain, cube: Cube, tenant: str, period: Period) -> tuple[tuple[int, ...], ...]:
    slots = Slots(zone_of(domain))
    counts = [[0] * 24 for _ in range(7)]
    for minute, cell in cube.minutes(tenant, *period):
        created = Numbers(cell).value("created")
        if created:
            local = slots.local(slots.hour(minute) * MINUTE_MS)
            counts[local.weekday()][local.hour] += created
    return tuple(map(tuple, counts))


def _waits(ending: Ending, tenant: str, period: Period) -> tuple[Wait, ...]:
    answered = (one for one in ending.forgotten if one.first_reply_ms is not None)
    found = []
    for one in (*ending.tickets, *answered):
        if one.tenant != tenant:
            continue
        segment = {"queue": one.queue, "channel": one.channel, "priority": one.priority}
        if one.first_reply_ms is not None:
            ended = one.created_at + one.first_reply_ms
            if period.since * MINUTE_MS <= ended < period.until * MINUTE_MS:
                found.append(Wait(ticket_id=one.ticket_id, segment=segment, waited_ms=one.first_reply_ms, ended_at=ended))
        elif one.waiting_since is not None:
            waited = period.until * MINUTE_MS - one.waiting_since
            if waited > 0:
                found.append(Wait(ticket_id=one.ticket_id, segment=segment, waited_ms=waited, ended_at=None))
    return tuple(sorted(found, key=lambda wait: (-wait.waited_ms, wait.ticket_id)))


def _overlaps(alert: Alert, period: Period) -> bool:
    end = alert.resolved_at or period.until * MINUTE_MS
    return alert.raised_at < period.until * MINUTE_MS and end >= period.since * MINUTE_MS
