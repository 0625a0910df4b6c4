"""What a plan assumes and what it comes to, in words: the same under the table and in JSON."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from agents.screen import span
from pipeline.config import Domain
from pipeline.judgement.words import count
from pipeline.staffing.form import Fit, Handling, HourPlan, Plan, QueuePlan, Source

_WORST = 3
_ROTAS = {
    Source.SHIFTS: "The rota is that of the planned shifts; whoever serves several queues counts with an equal part in each.",
    Source.CONFIGURATION: "The rota is the table domain.staffing.rota of the configuration.",
    Source.NONE: (
        "There is no rota: name a file of responder events with --responders, or write domain.staffing.rota. "
        "So nothing can be said of too few or too many."
    ),
}


def assumptions(plan: Plan, domain: Domain) -> list[str]:
    """Say what the numbers rest on."""
    model = domain.staffing
    since, until = (_moment(at, plan.zone) for at in (plan.log_since, plan.log_until))
    weeks = min((queue.weeks for queue in plan.queues), default=0)
    rests = f"The forecast is the weighted mean of the same hour in up to {model.weeks} weeks before, the newer counting more"
    told = [
        f"{rests}; the log holds {since} to {until}, so {count(weeks, 'week')} of each hour. It knows no holiday or campaign.",
        (
            f"Live contacts ({', '.join(domain.live_channels)}): Erlang C, or A where a patience is given; {model.share:.0%} "
            f"taken in time, nobody busier than {model.occupancy:.0%}. One stream for all live channels of a queue."
        ),
        (
            f"Everything else is done by the time it is due, spread over the open hours until then; all work together takes at "
            f"most {model.deferred_occupancy:.0%} of the time."
        ),
        _ROTAS[plan.rota],
    ]
    if model.shrinkage:
        told.append(
            f"Of the hours on the rota {model.shrinkage:.0%} are not spent on the queue (shrinkage); that is in the need."
        )
    if weeks < 2:
        told.append("One week or less shows no spread: the range is that of a single week.")
    return told


def handling(queue: QueuePlan) -> list[str]:
    """Say how long contacts of a queue were taken to last, and by whom that is said."""
    return [_handled(one) for one in queue.handling]


def _handled(one: Handling) -> str:
    name = one.channel or "(no channel)"
    if one.effort_ms is None or one.within_ms is None:
        left_out = count(one.contacts, "contact")
        return f"{name}: LEFT OUT, {left_out} in the log: domain.staffing.handling says nothing of how long one takes"
    source = "measured: busy time over contacts, all channels of the queue" if one.measured else "configured"
    return f"{name}: {span(one.effort_ms)} of a responder each ({source}), to be taken within {span(one.within_ms)}"


def comes_to(queue: QueuePlan, zone: str) -> list[str]:
    """Say what a queue's week comes to: what is missing, where most."""
    if all(one.fit is Fit.UNKNOWN for one in queue.hours):
        return []
    under, over = ([one for one in queue.hours if one.fit is fit] for fit in (Fit.UNDER, Fit.OVER))
    short = f"too few people in {count(len(under), 'hour')} ({_people(queue.missing_milli)} person-hours missing)"
    told = [f"{short}, too many in {count(len(over), 'hour')}; beyond the need are {_people(queue.spare_milli)} person-hours"]
    worst = sorted(under, key=lambda one: ((one.planned_milli or 0) - 1_000 * (one.need or 0), one.at))[:_WORST]
    return told + [_worst(one, zone) for one in worst]


def _worst(one: HourPlan, zone: str) -> str:
    spread = "" if one.fewest == one.most else f" ({one.fewest} to {one.most} in the weeks before)"
    needs = f"{one.need}" if one.need_fewest == one.need_most else f"{one.need} ({one.need_fewest} to {one.need_most})"
    return (
        f"{_moment(one.at, zone)}: {_people(one.contacts_milli or 0)} contacts{spread} take {needs}, "
        f"planned are {_people(one.planned_milli or 0)}"
    )


def _people(milli: int) -> str:
    tenths = (milli + 50) // 100
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else f"{tenths // 10}"


def _moment(at_ms: int, zone: str) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")
