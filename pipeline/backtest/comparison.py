"""From what two sides said to what is told of them, side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.backtest.episodes import episodes, place_of
from pipeline.backtest.form import Backtest, Catches, Finding, Firing, Incident, Labels, Outcomes, Pair, Promise, Tally, Verdict
from pipeline.backtest.headline import headline
from pipeline.backtest.labelling import Labelling, fits, overlaps
from pipeline.backtest.trial import Late, PromiseKey, Trial

_NO_OUTCOME = Outcomes()


class Period(NamedTuple):
    """`[since, until)`, ms, of a log that begins at `log_since`."""

    since: int
    until: int
    log_since: int
    zone: str


class Sides(NamedTuple):
    """The alerts of both sides that were on in the period."""

    present: Sequence[Firing]
    proposed: Sequence[Firing]


def backtest(present: Trial, proposed: Trial, period: Period, labels: Labels, rules: Sequence[str] = ()) -> Backtest:
    """Compare two trials of one log."""
    sides = Sides(_within(present.firings, period), _within(proposed.firings, period))
    labelling = Labelling(labels, (*sides.present, *sides.proposed), period.until)
    pair = _Pairs(sides, labelling, period)
    findings = _findings(labels.incidents, sides, period)
    whole = pair.of("all alerts", lambda _: True)
    pages = pair.of("pages", lambda one: one.severity == "page")
    late = [one for one in present.late.values() if period.since <= one.due_at < period.until]
    catches = _catches(late, sides) if present.promises_first_reply else None
    promises = _promises(present.outcomes, proposed.outcomes)
    return Backtest(
        zone=period.zone,
        since=period.since,
        until=period.until,
        log_since=period.log_since,
        tickets=present.tickets,
        rules=tuple(rules),
        whole=whole,
        pages=pages,
        any_on_ms=(_any_on_ms(sides.present, period), _any_on_ms(sides.proposed, period)),
        by_rule=pair.by(lambda one: one.rule, lambda one: one.rule),
        by_place=pair.by(place_of, lambda one: " / ".join(_words(one))),
        findings=findings,
        catches=catches,
        promises=promises,
        episodes=episodes(sides.present, sides.proposed, labelling),
        labelled=bool(labels.incidents or labels.false_alarms),
        strangers=tuple(labelling.strangers),
        headline=headline(whole, pages, findings, catches, promises, labelled=bool(labels.incidents or labels.false_alarms)),
    )


def _within(firings: Iterable[Firing], period: Period) -> list[Firing]:
    return [one for one in firings if overlaps(one, period.since, period.until)]


def _words(firing: Firing) -> list[str]:
    _, segment = place_of(firing)
    return [value or "(none)" for _, value in segment] or ["everything"]


class _Pairs:
    """Adds up the alerts of both sides."""

    def __init__(self, sides: Sides, labelling: Labelling, period: Period) -> None:
        self._sides = sides
        self._labelling = labelling
        self._period = period

    def of(self, name: str, chosen: Callable[[Firing], bool]) -> Pair:
        present, proposed = (self._tally([one for one in side if chosen(one)]) for side in self._sides)
        return Pair(name=name, present=present, proposed=proposed)

    def by(self, key: Callable[[Firing], Hashable], name: Callable[[Firing], str]) -> tuple[Pair, ...]:
        names = {key(one): name(one) for side in self._sides for one in side}
        pairs = [self.of(name, lambda one, group=group: key(one) == group) for group, name in names.items()]  # type: ignore[misc]
        return tuple(sorted(pairs, key=lambda pair: (-pair.present.on_ms - pair.proposed.on_ms, pair.name)))

    def _tally(self, firings: Sequence[Firing]) -> Tally:
        verdicts = [self._labelling.verdict(one) for one in firings]
        return Tally(
            alerts=len(firings),
            on_ms=sum(end - begin for begin, end in (_clipped(one, self._period) for one in firings)),
            incidents=verdicts.count(Verdict.INCIDENT),
            false_alarms=verdicts.count(Verdict.FALSE_ALARM),
        )


def _clipped(firing: Firing, period: Period) -> tuple[int, int]:
    end = period.until if firing.resolved_at is None else min(firing.resolved_at, period.until)
    return max(firing.raised_at, period.since), end


def _any_on_ms(firings: Sequence[Firing], period: Period) -> int:
    total, reached = 0, period.since
    for begin, end in sorted(_clipped(one, period) for one in firings):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def _findings(incidents: Iterable[Incident], sides: Sides, period: Period) -> tuple[Finding, ...]:
    found = []
    for one in sorted(incidents, key=lambda one: (one.since, one.until, sorted(one.where.items()))):
        if one.since < period.until and one.until > period.since:
            present_at, proposed_at = (_first(side, one) for side in sides)
            found.append(
                Finding(
                    name=one.name,
                    where=one.where,
                    since=one.since,
                    until=one.until,
                    present_at=present_at,
                    proposed_at=proposed_at,
                )
            )
    return tuple(found)


def _first(firings: Iterable[Firing], incident: Incident) -> int | None:
    fitting = (one for one in firings if fits(incident.where, one.tenant, one.segment))
    return min((one.raised_at for one in fitting if overlaps(one, incident.since, incident.until)), default=None)


def _catches(late: Sequence[Late], sides: Sides) -> Catches:
    present, proposed = ([_lead_ms(one, side) for one in late] for side in sides)
    both = list(zip(present, proposed, strict=True))
    return Catches(
        tickets=len(late),
        present=len(late) - present.count(None),
        proposed=len(late) - proposed.count(None),
        earlier=sum((new or 0) > (old or 0) for old, new in both),
        later=sum((new or 0) < (old or 0) for old, new in both),
        present_lead_ms=_median(present),
        proposed_lead_ms=_median(proposed),
    )


def _lead_ms(late: Late, firings: Iterable[Firing]) -> int | None:
    """Return how long before its deadline the first alert on a waiting customer was on, ms, or `None`."""
    on = [
        max(one.raised_at, late.started_at)
        for one in firings
        if one.tenant == late.tenant
        and fits(one.segment, late.tenant, late.where)
        and overlaps(one, late.started_at, late.due_at)
    ]
    return late.due_at - min(on) if on else None


def _median(values: Iterable[int | None]) -> int | None:
    known = sorted(value for value in values if value is not None)
    return known[(len(known) - 1) // 2] if known else None


def _promises(present: Mapping[PromiseKey, Outcomes], proposed: Mapping[PromiseKey, Outcomes]) -> tuple[Promise, ...]:
    """Put the outcomes side by side: of every queue, and of all queues of a tenant, which come first."""
    totals = (_totals(present), _totals(proposed))
    keys = sorted(totals[0].keys() | totals[1].keys(), key=lambda key: (key[0], key[2], key[1] is not None, key[1] or ""))
    return tuple(
        Promise(
            tenant=key[0],
            queue=key[1],
            measure=key[2],
            present=totals[0].get(key, _NO_OUTCOME),
            proposed=totals[1].get(key, _NO_OUTCOME),
        )
        for key in keys
    )


def _totals(outcomes: Mapping[PromiseKey, Outcomes]) -> dict[tuple[str, str | None, str], Outcomes]:
    totals: dict[tuple[str, str | None, str], Outcomes] = {}
    for (tenant, queue, measure), one in outcomes.items():
        totals[tenant, queue, measure.value] = one
        whole = totals.get((tenant, None, measure.value), _NO_OUTCOME)
        totals[tenant, None, measure.value] = Outcomes(met=whole.met + one.met, breached=whole.breached + one.breached)
    return totals
