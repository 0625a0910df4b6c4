"""Every Prometheus metric: name, kind, help and labels. The exporter builds its families from this list and nothing else.

Names are in base units (seconds) without the `_total` suffix, which the client adds to counters. Label values are bounded:
queue, channel and priority come from the configuration's dimensions, everything else from closed sets.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pipeline.catalogue import DEFINITIONS
from pipeline.measures import Measure


class MetricKind(StrEnum):
    """How Prometheus treats it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(StrEnum):
    """The names."""

    # From the segments' committed state; one tenant lives on one partition, so no series stands on two workers.
    FIRST_REPLY = "support_first_reply_seconds"
    NEXT_REPLY = "support_next_reply_seconds"
    FIRST_RESOLUTION = "support_first_resolution_seconds"
    FULL_RESOLUTION = "support_full_resolution_seconds"
    CORRECTED = "support_observations_corrected"
    TICKETS_CREATED = "support_tickets_created"
    TICKETS_SOLVED = "support_tickets_solved"
    TICKETS_REOPENED = "support_tickets_reopened"
    PICKUP = "support_pickup_seconds"
    ABANDONED = "support_contacts_abandoned"
    SELF_SERVED = "support_tickets_self_served"
    ONE_TOUCH = "support_tickets_one_touch"
    TRANSFERS = "support_ticket_transfers"
    REASSIGNMENTS = "support_ticket_reassignments"
    SURVEYS_OFFERED = "support_surveys_offered"
    SURVEYS_ANSWERED = "support_surveys_answered"
    SURVEY_ANSWERS = "support_survey_answers"
    EXPECTATIONS = "support_expectations"
    COST = "support_cost_minor_units"
    CONTACTS_COSTED = "support_contacts_costed"
    STATUS_TIME = "support_status_time_seconds"
    UNASSIGNED_TIME = "support_unassigned_time_seconds"
    DURATIONS = "support_durations"
    DURATIONS_SUM = "support_durations_seconds"
    REPLIES = "support_replies"
    CSAT_SCORE = "support_csat_score_thousandths"
    CSAT_MIDDLING = "support_csat_middling"
    CSAT_DELIGHTED = "support_csat_delighted"
    CES_SCORE = "support_ces_score_thousandths"
    CONTACTS_OPENED = "support_contacts"
    CONTACTS_REPEATED = "support_repeat_contacts"
    FIRST_CONTACTS_SOLVED = "support_first_contacts_solved"
    FIRST_CONTACTS_REPEATED = "support_first_contacts_repeated"
    FIRST_CONTACTS_FOLLOWED = "support_first_contacts_followed"
    JOURNEYS = "support_journeys"
    JOURNEYS_SWITCHED = "support_journeys_switched"
    CHANNEL_SWITCHES = "support_channel_switches"
    CUSTOMERS_WON = "support_customers_won"
    CUSTOMERS_LOST = "support_customers_lost"
    RATE_WINDOW = "support_rate_window_ratio"
    RETENTION_WINDOW = "support_customer_retention_ratio"
    CREATED_WINDOW = "support_tickets_created_window"
    SLA_OUTCOMES = "support_sla_outcomes"
    SLA_RETRACTED = "support_sla_outcomes_retracted"
    WORK = "support_work"
    OLDEST_WORK = "support_oldest_work_start_timestamp_seconds"
    FIRST_REPLY_WINDOW = "support_first_reply_window_seconds"
    FIRST_REPLY_CHANGE = "support_first_reply_window_change_seconds"
    FIRST_REPLY_WINDOW_SAMPLES = "support_first_reply_window_samples"
    FIRST_REPLY_NOW = "support_first_reply_now_seconds"
    FIRST_REPLY_USUAL = "support_first_reply_usual_seconds"
    SERVICE_LEVEL = "support_service_level"
    SERVICE_LEVEL_MISSING = "support_service_level_missing_ratio"
    GOAL_STATE = "support_goal_state"
    GOAL_SHARE = "support_goal_share_ratio"
    GOAL_PROJECTED = "support_goal_projected_ratio"
    EXPECTED_WAIT = "support_expected_wait_seconds"
    EXPECTED_WAIT_KEPT = "support_expected_wait_kept_ratio"
    RESPONDERS_NEEDED = "support_responders_needed"
    RESPONDERS_THERE = "support_responders_there"
    RESPONDERS_PLANNED = "support_responders_planned"
    RESPONDERS_MISSING = "support_responders_missing"
    RESPONDERS_TOLD = "support_responders_told"
    ALERTS_FIRING = "support_alerts_firing"
    SERVICE_LEVELS_AS_OF = "support_service_levels_as_of_timestamp_seconds"

    # From the ticket partitions' committed state.
    EVENTS = "support_pipeline_events"
    DISORDER = "support_pipeline_disordered_events"
    TICKETS_TRACKED = "support_pipeline_tickets_tracked"

    # From the customer partitions' committed state, where measures of customers are configured.
    CONTACTS = "support_pipeline_contacts"
    CUSTOMERS_TRACKED = "support_pipeline_customers_tracked"

    # From the responder partitions' committed state.
    RESPONDERS = "support_responders"
    RESPONDER_EVENTS = "support_pipeline_responder_events"

    # From the partition runtime of this process.
    POSITION = "support_pipeline_position_offset"
    LAG = "support_pipeline_lag_records"
    ENGINE_TIME = "support_pipeline_time_timestamp_seconds"
    TRANSACTIONS = "support_pipeline_transactions"
    TRANSACTION_SECONDS = "support_pipeline_transaction_seconds"
    RECORDS = "support_pipeline_records"
    DEAD_LETTERS = "support_pipeline_dead_letters"
    REPLAYED = "support_pipeline_replayed_records"
    RESTORED_ROWS = "support_pipeline_restored_rows"
    RESTORE_SECONDS = "support_pipeline_restore_seconds"
    TICK_DELAY = "support_pipeline_tick_delay_seconds"
    PARTITIONS_OWNED = "support_pipeline_partitions_owned"
    UNKNOWN_LABELS = "support_pipeline_unknown_label_values"
    BUILD_INFO = "support_pipeline_build_info"


class MetricDefinition(msgspec.Struct, frozen=True):
    """How one metric is exposed."""

    metric: Metric
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()


def _define(*rows: tuple[Metric, MetricKind, str, tuple[str, ...]]) -> dict[Metric, MetricDefinition]:
    return {metric: MetricDefinition(metric, kind, text, labels) for metric, kind, text, labels in rows}


def _meaning(measure: Measure) -> str:
    """Return the words of the catalogue."""
    return DEFINITIONS[measure.value].text


_C, _G, _H = MetricKind.COUNTER, MetricKind.GAUGE, MetricKind.HISTOGRAM
_QUEUE = ("tenant", "queue", "priority")
_SEGMENT = ("tenant", "segment")
_STAGE = ("stage", "partition")

CATALOGUE: dict[Metric, MetricDefinition] = _define(
    (Metric.FIRST_REPLY, _H, _meaning(Measure.FIRST_REPLY), _QUEUE),
    (Metric.NEXT_REPLY, _H, _meaning(Measure.NEXT_REPLY), _QUEUE),
    (Metric.FIRST_RESOLUTION, _H, _meaning(Measure.FIRST_RESOLUTION), _QUEUE),
    (Metric.FULL_RESOLUTION, _H, _meaning(Measure.FULL_RESOLUTION), _QUEUE),
    (Metric.PICKUP, _H, _meaning(Measure.PICKUP), _QUEUE),
    (Metric.CORRECTED, _C, "Observations and counts that later events took back, by measure.", (*_QUEUE, "measure")),
    (Metric.TICKETS_CREATED, _C, _meaning(Measure.CREATED), _QUEUE),
    (Metric.TICKETS_SOLVED, _C, _meaning(Measure.SOLVED), _QUEUE),
    (Metric.TICKETS_REOPENED, _C, _meaning(Measure.REOPENED), _QUEUE),
    (Metric.ABANDONED, _C, _meaning(Measure.ABANDONED), (*_QUEUE, "length")),
    (Metric.SELF_SERVED, _C, _meaning(Measure.SELF_SERVED), _QUEUE),
    (Metric.ONE_TOUCH, _C, _meaning(Measure.ONE_TOUCH), _QUEUE),
    (Metric.TRANSFERS, _C, _meaning(Measure.TRANSFERS), _QUEUE),
    (Metric.REASSIGNMENTS, _C, _meaning(Measure.REASSIGNMENTS), _QUEUE),
    (Metric.SURVEYS_OFFERED, _C, _meaning(Measure.SURVEYS_OFFERED), _QUEUE),
    (Metric.SURVEYS_ANSWERED, _C, _meaning(Measure.SURVEYS_ANSWERED), _QUEUE),
    (Metric.SURVEY_ANSWERS, _C, "Ratings, by survey and how they count.", (*_QUEUE, "survey", "answer")),
    (Metric.EXPECTATIONS, _C, "Contacts by whether they met what customers of the channel expect.", (*_QUEUE, "outcome")),
    (Metric.COST, _C, _meaning(Measure.COST), _QUEUE),
    (Metric.CONTACTS_COSTED, _C, _meaning(Measure.CONTACTS_COSTED), _QUEUE),
    (Metric.STATUS_TIME, _C, "Time that tickets spent in a status, as it ended.", (*_QUEUE, "status", "clock")),
    (Metric.UNASSIGNED_TIME, _C, _meaning(Measure.UNASSIGNED_MS), (*_QUEUE, "clock")),
    (Metric.DURATIONS, _C, "Observations of every duration of the catalogue, by measure.", (*_QUEUE, "measure")),
    (Metric.DURATIONS_SUM, _C, "Sum of every duration of the catalogue, by measure.", (*_QUEUE, "measure")),
    (Metric.REPLIES, _C, _meaning(Measure.REPLIES), _QUEUE),
    (Metric.CSAT_SCORE, _C, _meaning(Measure.CSAT_SCORE), _QUEUE),
    (Metric.CSAT_MIDDLING, _C, _meaning(Measure.CSAT_MIDDLING), _QUEUE),
    (Metric.CSAT_DELIGHTED, _C, _meaning(Measure.CSAT_DELIGHTED), _QUEUE),
    (Metric.CES_SCORE, _C, _meaning(Measure.CES_SCORE), _QUEUE),
    (Metric.CONTACTS_OPENED, _C, _meaning(Measure.CONTACTS), _QUEUE),
    (Metric.CONTACTS_REPEATED, _C, _meaning(Measure.REPEAT_CONTACTS), _QUEUE),
    (Metric.FIRST_CONTACTS_SOLVED, _C, _meaning(Measure.FIRST_CONTACTS_SOLVED), _QUEUE),
    (Metric.FIRST_CONTACTS_REPEATED, _C, _meaning(Measure.FIRST_CONTACTS_REPEATED), _QUEUE),
    (Metric.FIRST_CONTACTS_FOLLOWED, _C, _meaning(Measure.FIRST_CONTACTS_FOLLOWED), _QUEUE),
    (Metric.JOURNEYS, _C, _meaning(Measure.JOURNEYS), _QUEUE),
    (Metric.JOURNEYS_SWITCHED, _C, _meaning(Measure.JOURNEYS_SWITCHED), _QUEUE),
    (Metric.CHANNEL_SWITCHES, _C, _meaning(Measure.CHANNEL_SWITCHES), _QUEUE),
    (Metric.CUSTOMERS_WON, _C, _meaning(Measure.CUSTOMERS_WON), _QUEUE),
    (Metric.CUSTOMERS_LOST, _C, _meaning(Measure.CUSTOMERS_LOST), _QUEUE),
    (Metric.RATE_WINDOW, _G, "A rate in a rolling window, in its unit (docs/measures.md).", (*_SEGMENT, "window", "rate")),
    (Metric.RETENTION_WINDOW, _G, "Customer retention in a rolling window.", (*_SEGMENT, "window")),
    (Metric.CREATED_WINDOW, _G, "Tickets created in a rolling window.", (*_SEGMENT, "window")),
    (Metric.SLA_OUTCOMES, _C, "SLA outcomes, a breach counted at its deadline.", (*_QUEUE, "sla", "outcome")),
    (Metric.SLA_RETRACTED, _C, "SLA outcomes that later events took back.", (*_QUEUE, "sla", "outcome")),
    (Metric.WORK, _G, "Open work now, by kind.", (*_QUEUE, "kind")),
    (Metric.OLDEST_WORK, _G, "When the oldest open work of a kind began.", (*_QUEUE, "kind")),
    (Metric.FIRST_REPLY_WINDOW, _G, "First reply time in a rolling event-time window.", (*_SEGMENT, "window", "stat")),
    (
        Metric.FIRST_REPLY_CHANGE,
        _G,
        "Mean first reply time in a window less that of the window before (previous) or the same hours last week (last_week).",
        (*_SEGMENT, "window", "against"),
    ),
    (Metric.FIRST_REPLY_WINDOW_SAMPLES, _G, "Replies behind support_first_reply_window_seconds.", (*_SEGMENT, "window")),
    (Metric.FIRST_REPLY_NOW, _G, "First reply time now, customers still waiting counted in.", _SEGMENT),
    (Metric.FIRST_REPLY_USUAL, _G, "First reply time usual at this hour.", _SEGMENT),
    (
        Metric.SERVICE_LEVEL,
        _G,
        "Service level reached, 1 is the lowest; the lowest measure is the overall one.",
        (*_SEGMENT, "measure"),
    ),
    (Metric.SERVICE_LEVEL_MISSING, _G, "Share of contacts that the next service level still lacks.", (*_SEGMENT, "measure")),
    (Metric.GOAL_STATE, _G, "1 for the state that a goal is in, 0 for the others.", (*_SEGMENT, "goal", "state")),
    (Metric.GOAL_SHARE, _G, "Share of contacts within a goal's limit.", (*_SEGMENT, "goal")),
    (Metric.GOAL_PROJECTED, _G, "Share to be expected at a goal's deadline.", (*_SEGMENT, "goal")),
    (Metric.EXPECTED_WAIT, _G, "Wait for a first reply that a customer who comes now should be told.", (*_SEGMENT, "stat")),
    (Metric.EXPECTED_WAIT_KEPT, _G, "Share of customers who waited no longer than they were told.", (*_SEGMENT, "stat")),
    (Metric.RESPONDERS_NEEDED, _G, "Responders that a queue takes now, with who waits already.", _SEGMENT),
    (Metric.RESPONDERS_THERE, _G, "Responders of a queue who are available or busy; absent: not told.", _SEGMENT),
    (Metric.RESPONDERS_PLANNED, _G, "Responders of a queue on the rota to work now; absent: not told.", _SEGMENT),
    (Metric.RESPONDERS_MISSING, _G, "Responders that a queue needs and lacks; absent: nobody can tell.", _SEGMENT),
    (Metric.RESPONDERS_TOLD, _G, "1 while it is told who is there, so that a gap can be told; else 0.", _SEGMENT),
    (Metric.ALERTS_FIRING, _G, "Alerts firing now.", ("tenant", "alertname", "severity")),
    (Metric.SERVICE_LEVELS_AS_OF, _G, "Time of the newest committed service levels.", ("tenant",)),
    (Metric.EVENTS, _C, "Ticket events by what became of them.", ("partition", "result")),
    (Metric.DISORDER, _C, "Ticket events applied although late or out of order.", ("partition", "condition")),
    (Metric.TICKETS_TRACKED, _G, "Ticket rows in state.", ("partition",)),
    (Metric.CONTACTS, _C, "What ticket partitions told of contacts, by what became of it.", ("partition", "result")),
    (Metric.CUSTOMERS_TRACKED, _G, "Customer rows in state.", ("partition",)),
    (Metric.RESPONDERS, _G, "Responders by presence.", ("tenant", "state")),
    (Metric.RESPONDER_EVENTS, _C, "Responder events by what became of them.", ("partition", "result")),
    (Metric.POSITION, _G, "Next offset that the partition will apply.", _STAGE),
    (Metric.LAG, _G, "Records behind the end of the partition.", _STAGE),
    (Metric.ENGINE_TIME, _G, "The partition's time.", _STAGE),
    (Metric.TRANSACTIONS, _C, "Transactions by outcome.", (*_STAGE, "outcome")),
    (Metric.TRANSACTION_SECONDS, _H, "From begin to committed.", ("stage",)),
    (Metric.RECORDS, _C, "Source records applied by this process.", _STAGE),
    (Metric.DEAD_LETTERS, _C, "Records sent to the dead-letter topic by this process.", (*_STAGE, "reason")),
    (Metric.REPLAYED, _C, "Records below the position, skipped.", _STAGE),
    (Metric.RESTORED_ROWS, _G, "Changelog rows read at the last restore.", _STAGE),
    (Metric.RESTORE_SECONDS, _G, "Duration of the last restore.", _STAGE),
    (Metric.TICK_DELAY, _G, "How late the last due tick ran.", _STAGE),
    (Metric.PARTITIONS_OWNED, _G, "Partitions that this worker owns.", ("stage",)),
    (Metric.UNKNOWN_LABELS, _C, "Label values outside the bound, shown as 'other'.", ("label",)),
    (Metric.BUILD_INFO, _G, "Version of firstreply, constant 1.", ("version",)),
)
