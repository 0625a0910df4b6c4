"""Whether the numbers can be believed: is the pipeline itself well."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana import frame
from deploy.grafana.vocabulary import NONE_IS_GOOD, QUARTER, THIRD, Query, Step, bars, figure, graph

_UP = (Step(None, "red"), Step(1, "green"))
_BEHIND = (Step(None, "green"), Step(10, "yellow"), Step(60, "red"))


def board() -> Any:
    """Return the dashboard."""
    told = frame.start("pipeline", "Pipeline health", "Whether the numbers can be believed.")
    return _signals(_transactions(_input(_health(told))))


def _health(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Health"))
    small = {"width": QUARTER, "height": 5}
    behind = "time() - max by (stage, partition) (last_over_time(support_pipeline_time_timestamp_seconds[1h]))"
    return (
        told.with_panel(
            figure(
                "Workers", "Workers that answer Prometheus.", "none", Query('sum(up{job="firstreply"})', "up"), steps=_UP, **small
            )
        )
        .with_panel(
            figure(
                "Partitions owned",
                "Per stage; every partition needs exactly one owner.",
                "none",
                Query("sum by (stage) (support_pipeline_partitions_owned)", "{{stage}}"),
                **small,
            )
        )
        .with_panel(
            figure(
                "Behind the clock",
                "The partition that is furthest behind. Breaches and alerts come that late.",
                "s",
                Query(f"max({behind})", "behind"),
                steps=_BEHIND,
                **small,
            )
        )
        .with_panel(
            figure(
                "Tickets tracked",
                "Ticket rows in state.",
                "short",
                Query("sum(support_pipeline_tickets_tracked)", "tickets"),
                **small,
            )
        )
        .with_panel(
            graph(
                "Lag",
                "Records that wait, per partition.",
                "short",
                Query("max by (stage, partition) (support_pipeline_lag_records)", "{{stage}} {{partition}}"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Timers late by",
                "How late the last due tick ran.",
                "s",
                Query("max by (stage, partition) (support_pipeline_tick_delay_seconds)", "{{stage}} {{partition}}"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Behind the clock, per partition",
                "Wall clock less the partition's time.",
                "s",
                Query(behind, "{{stage}} {{partition}}"),
                steps=_BEHIND,
                width=THIRD,
            )
        )
    )


def _input(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Input"))
    return (
        told.with_panel(
            graph(
                "Events by what became of them",
                "Applied, duplicate, refused.",
                "cps",
                Query("sum by (result) (rate(support_pipeline_events_total[$__rate_interval]))", "{{result}}"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Late and out of order",
                "Applied all the same, and corrected.",
                "cps",
                Query("sum by (condition) (rate(support_pipeline_disordered_events_total[$__rate_interval]))", "{{condition}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Dead letters",
                "Records refused in this time range, by reason: see the topic dead-letters.",
                "short",
                Query("sum by (reason) (increase(support_pipeline_dead_letters_total[$__range]))", "{{reason}}"),
                steps=NONE_IS_GOOD,
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Contacts told to the customers' stage",
                "By what became of them. Where [domain.customers] is set.",
                "cps",
                Query("sum by (result) (rate(support_pipeline_contacts_total[$__rate_interval]))", "{{result}}"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Responder events",
                "By what became of them. Where [domain.responders] is enabled.",
                "cps",
                Query("sum by (result) (rate(support_pipeline_responder_events_total[$__rate_interval]))", "{{result}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Rows in state",
                "Tickets and customers that are kept.",
                "short",
                Query("sum(support_pipeline_tickets_tracked)", "tickets"),
                Query("sum(support_pipeline_customers_tracked)", "customers"),
                width=THIRD,
            )
        )
    )


def _transactions(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Work"))
    seconds = "histogram_quantile(0.99, sum by (stage, le) (rate(support_pipeline_transaction_seconds_bucket[$__rate_interval])))"
    return (
        told.with_panel(
            graph(
                "Records applied",
                "Per stage.",
                "cps",
                Query("sum by (stage) (rate(support_pipeline_records_total[$__rate_interval]))", "{{stage}}"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Transactions",
                "By outcome; anything but committed ends a worker.",
                "cps",
                Query(
                    "sum by (stage, outcome) (rate(support_pipeline_transactions_total[$__rate_interval]))",
                    "{{stage}} {{outcome}}",
                ),
                width=THIRD,
            )
        )
        .with_panel(graph("Transaction time, p99", "From begin to committed.", "s", Query(seconds, "{{stage}}"), width=THIRD))
        .with_panel(
            graph(
                "CPU",
                "Cores used by each process.",
                "short",
                Query('rate(process_cpu_seconds_total{job=~"firstreply.*"}[$__rate_interval])', "{{job}} {{instance}}"),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Memory",
                "Resident, each process.",
                "bytes",
                Query('process_resident_memory_bytes{job=~"firstreply.*"}', "{{job}} {{instance}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Restored, and labels folded",
                "Rows read back at the last start, per stage; label values beyond the bound, which share one series.",
                "short",
                Query("sum by (stage) (support_pipeline_restored_rows)", "rows {{stage}}"),
                Query(
                    "sum by (label) (support_pipeline_unknown_label_values_total)",
                    "labels folded {{label}}",
                ),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Replayed records",
                "Below a partition's position, skipped: some after every rebalance, none in between.",
                "cps",
                Query("sum by (stage) (rate(support_pipeline_replayed_records_total[$__rate_interval]))", "{{stage}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Longest restore",
                "Of the partitions as they were taken up last.",
                "s",
                Query("max by (stage) (support_pipeline_restore_seconds)", "{{stage}}"),
                width=THIRD,
            )
        )
        .with_panel(
            bars(
                "Versions running",
                "Workers by version: two only while one is being rolled out.",
                "short",
                Query("count by (version) (support_pipeline_build_info)", "{{version}}"),
                width=THIRD,
            )
        )
    )


def _signals(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Routing signals"))
    return (
        told.with_panel(
            figure(
                "Redis",
                "1: the last write succeeded.",
                "none",
                Query("min(support_signals_redis_up)", "up"),
                steps=_UP,
                width=QUARTER,
            )
        )
        .with_panel(
            figure(
                "Signals are old by",
                "Since a signal was last written: red means that routers follow their static rules.",
                "s",
                Query("time() - max(last_over_time(support_signals_written_timestamp_seconds[1h]))", "age"),
                steps=_BEHIND,
                width=QUARTER,
            )
        )
        .with_panel(
            graph(
                "Writes",
                "By outcome; refused means that two writers disagree.",
                "cps",
                Query("sum by (outcome) (rate(support_signals_writes_total[$__rate_interval]))", "{{outcome}}"),
                width=QUARTER,
            )
        )
        .with_panel(
            graph(
                "Write time, p99",
                "One round trip to Redis.",
                "s",
                Query(
                    "histogram_quantile(0.99, sum by (le) (rate(support_signals_write_seconds_bucket[$__rate_interval])))", "p99"
                ),
                width=QUARTER,
            )
        )
    )
