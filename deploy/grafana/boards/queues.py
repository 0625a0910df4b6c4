"""How queues and channels differ, from each other and from before."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana import frame
from deploy.grafana.vocabulary import CHANNELS, FULL, QUEUES, SEGMENTS, THIRD, Query, Step, bars, graph, rows

_SLOWER = (Step(None, "green"), Step(60, "yellow"), Step(300, "red"))


def board() -> Any:
    """Return the dashboard."""
    variables = frame.tenant(), frame.queue(), frame.channel(), frame.window()
    told = frame.start("queues", "Queues", "Queues and channels, and how they differ from before.", *variables)
    return _customers(_costs(_quality(_durations(_volume(_channels(_times(told)))))))


def _window(selector: str, stat: str) -> str:
    return f'max by (tenant, segment) (support_first_reply_window_seconds{{{selector},window="$window",stat="{stat}"}})'


def _change(selector: str, against: str) -> str:
    return (
        f'max by (tenant, segment) (support_first_reply_window_change_seconds{{{selector},window="$window",against="{against}"}})'
    )


def _samples(selector: str) -> str:
    return f'max by (tenant, segment) (support_first_reply_window_samples{{{selector},window="$window"}})'


def _times(told: Any) -> Any:
    told = told.with_row(dashboard.Row("First reply times per queue"))
    return (
        told.with_panel(
            graph(
                "First reply time in the window",
                "Median and 90th percentile by event time, exact to 1 %: what routing systems read.",
                "s",
                Query(_window(SEGMENTS, "p50"), "p50 {{segment}}"),
                Query(_window(SEGMENTS, "p90"), "p90 {{segment}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Against the window before",
                "Mean first reply time, now less then.",
                "s",
                Query(_change(SEGMENTS, "previous"), "{{segment}}"),
                steps=_SLOWER,
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Against last week",
                "Mean first reply time, now less the same hours last week.",
                "s",
                Query(_change(SEGMENTS, "last_week"), "{{segment}}"),
                steps=_SLOWER,
                width=THIRD,
            )
        )
    )


def _channels(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Channels"))
    return told.with_panel(
        rows(
            "Channels",
            "First reply times of each queue's channels in the window, seconds, and the difference to the window before.",
            "short",
            Query(_samples(CHANNELS), "first replies"),
            Query(_window(CHANNELS, "mean"), "mean, s"),
            Query(_window(CHANNELS, "p90"), "p90, s"),
            Query(_change(CHANNELS, "previous"), "against before, s"),
            width=FULL,
            height=10,
        )
    )


def _volume(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Volume and quality"))

    def rate(metric: str) -> str:
        return f"sum by (tenant, queue) (rate({metric}{{{QUEUES}}}[$__rate_interval]))"

    def quantile(metric: str) -> str:
        return f"histogram_quantile(0.9, sum by (tenant, queue, le) (rate({metric}_bucket{{{QUEUES}}}[$__rate_interval])))"

    reopened = f"sum by (tenant, queue) (increase(support_tickets_reopened_total{{{QUEUES}}}[$__range]))"
    solved = f"sum by (tenant, queue) (increase(support_tickets_solved_total{{{QUEUES}}}[$__range]))"
    return (
        told.with_panel(
            graph(
                "Tickets created per hour",
                "As they arrive.",
                "short",
                Query(f"{rate('support_tickets_created_total')} * 3600"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Resolution time, p90",
                "Creation to the first time solved, by arrival.",
                "s",
                Query(quantile("support_first_resolution_seconds")),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Reopened",
                "Of the tickets solved in this time range.",
                "percentunit",
                Query(f"{reopened} / {solved}"),
                steps=(Step(None, "green"), Step(0.05, "yellow"), Step(0.1, "red")),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Resolved for good, p90",
                "Creation to the last time solved, by arrival; a reopening takes the earlier one back.",
                "s",
                Query(quantile("support_full_resolution_seconds")),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Further replies, p90",
                "Each later unanswered message to the reply, by arrival.",
                "s",
                Query(quantile("support_next_reply_seconds")),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Replies per hour",
                "Public replies by responders.",
                "short",
                Query(f"{rate('support_replies_total')} * 3600"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Solved per hour",
                "Times a ticket was solved.",
                "short",
                Query(f"{rate('support_tickets_solved_total')} * 3600"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Corrected observations",
                "Numbers that later events took back, since the state began: late or out-of-order sources.",
                "short",
                Query(f"sum by (tenant, queue) (support_observations_corrected_total{{{QUEUES}}})"),
                width=THIRD,
            )
        )
    )


def _quality(told: Any) -> Any:
    told = told.with_row(dashboard.Row("What customers get"))

    def grown(metric: str, more: str = "", by: str = "tenant, queue") -> str:
        return f"sum by ({by}) (increase({metric}{{{QUEUES}{more}}}[$__range]))"

    pickup = f"sum by (tenant, queue, le) (rate(support_pickup_seconds_bucket{{{QUEUES}}}[$__rate_interval]))"
    met = grown("support_expectations_total", ',outcome="met"')
    rates = f'max by (tenant, segment, rate) (support_rate_window_ratio{{{SEGMENTS},window="$window"}})'
    return (
        told.with_panel(
            rows(
                "Rates in the window",
                "Every rate of docs/measures.md, by event time: as a share where it is one.",
                "none",
                Query(rates, "rate now"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Until somebody takes it, p90",
                "How long customers wait until a contact is taken, by arrival.",
                "s",
                Query(f"histogram_quantile(0.9, {pickup})"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Met what customers expect",
                "Of the contacts in this time range, against the expectations of their channel.",
                "percentunit",
                Query(f"{met} / {grown('support_expectations_total')}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Ratings",
                "Answers in this time range, by survey and how they count.",
                "short",
                Query(grown("support_survey_answers_total", by="survey, answer"), "{{survey}} {{answer}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Without a human, and in one touch",
                "Tickets in this time range that customers solved themselves, or that a single reply solved.",
                "short",
                Query(grown("support_tickets_self_served_total"), "self-served {{queue}}"),
                Query(grown("support_tickets_one_touch_total"), "one touch {{queue}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Abandoned",
                "Contacts that customers gave up in this time range.",
                "short",
                Query(grown("support_contacts_abandoned_total")),
                width=THIRD,
            )
        )
    )


def _grown(metric: str, by: str = "tenant, queue") -> str:
    return f"sum by ({by}) (increase({metric}{{{QUEUES}}}[$__range]))"


def _durations(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Every duration"))
    seconds, number = (_grown(f"support_durations{unit}_total", "measure") for unit in ("_seconds", ""))
    created = f'max by (tenant, segment) (support_tickets_created_window{{{SEGMENTS},window="$window"}})'
    return told.with_panel(
        rows(
            "Mean of every duration",
            "Of the queues chosen, in this time range, by arrival; business measures count the hours of the queue's calendar.",
            "short",
            Query(f"{seconds} / {number}", "mean, s"),
            Query(number, "observations"),
            width=16,
            height=10,
        )
    ).with_panel(
        bars("Created in the window", "Tickets, by event time.", "short", Query(created, "{{segment}}"), width=THIRD, height=10)
    )


def _costs(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Surveys and cost"))
    score = f"{_grown('support_csat_score_thousandths_total')} / 1000 / sum by (tenant, queue) "
    answers = f'(increase(support_survey_answers_total{{{QUEUES},survey="csat"}}[$__range]))'
    effort = f'(increase(support_survey_answers_total{{{QUEUES},survey="ces"}}[$__range]))'
    effort = f"{_grown('support_ces_score_thousandths_total')} / 1000 / sum by (tenant, queue) {effort}"
    return (
        told.with_panel(
            bars(
                "Surveys",
                "Offered and answered in this time range.",
                "short",
                Query(_grown("support_surveys_offered_total"), "offered {{queue}}"),
                Query(_grown("support_surveys_answered_total"), "answered {{queue}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Mean rating and effort",
                "Stars from 1 to 5, effort from 1 to 7 where 7 is the least; answers in this time range.",
                "short",
                Query(score + answers, "stars {{queue}}"),
                Query(effort, "effort {{queue}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Three stars or more, and five",
                "Answers in this time range.",
                "short",
                Query(_grown("support_csat_middling_total"), "3 or more {{queue}}"),
                Query(_grown("support_csat_delighted_total"), "5 {{queue}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Cost per contact",
                "Minor units of the currency, of the contacts handled in this time range. Where [domain.costs] is set.",
                "short",
                Query(f"{_grown('support_cost_minor_units_total')} / {_grown('support_contacts_costed_total')}"),
                width=THIRD,
            )
        )
    )


def _customers(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Customers (where [domain.customers] is set)"))
    lasting = f"1 - {_grown('support_first_contacts_repeated_total')} / {_grown('support_first_contacts_solved_total')}"
    retained = 'max by (tenant) (support_customer_retention_ratio{tenant=~"$tenant",segment="everything",window="$window"})'
    return (
        told.with_panel(
            bars(
                "Contacts and repeats, customers won and lost",
                "Who asked for help in this time range, and those who had before; the register's customers, where one is told.",
                "short",
                Query(_grown("support_contacts_total"), "contacts {{queue}}"),
                Query(_grown("support_repeat_contacts_total"), "repeats {{queue}}"),
                Query(_grown("support_customers_won_total", "tenant"), "won {{tenant}}"),
                Query(_grown("support_customers_lost_total", "tenant"), "lost {{tenant}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Solved at first contact, and customers retained",
                "First contacts solved in this time range that did not come back so far; retention in the window.",
                "percentunit",
                Query(lasting, "solved {{queue}}"),
                Query(retained, "retained {{tenant}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Followed by another contact",
                "First contacts solved that another contact repeats.",
                "short",
                Query(_grown("support_first_contacts_followed_total")),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Journeys over channels",
                "Runs of contacts of one customer that began in this time range, how many changed the channel, and how often.",
                "short",
                Query(_grown("support_journeys_total"), "journeys {{queue}}"),
                Query(_grown("support_journeys_switched_total"), "with a change {{queue}}"),
                Query(_grown("support_channel_switches_total"), "changes {{queue}}"),
                width=THIRD,
            )
        )
    )
