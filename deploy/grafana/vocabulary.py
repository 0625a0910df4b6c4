"""The words in which the boards are written: panels, queries, thresholds, variables. Grafana's own defaults otherwise."""

from __future__ import annotations

from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
QUEUES = 'tenant=~"$tenant",queue=~"$queue"'
"""Selects what carries the label `queue`."""
SEGMENTS = 'tenant=~"$tenant",segment=~"queue=($queue)"'
"""Selects the segments that are a queue; their label `segment` is `queue=billing`."""
CHANNELS = 'tenant=~"$tenant",segment=~"queue=($queue),channel=($channel)"'
"""Selects the segments that are a queue's channel."""
ANY_CHANNEL = 'tenant=~"$tenant",segment=~"queue=($queue),channel=.+"'
"""The same, where nobody chooses a channel."""
GREEN, YELLOW, ORANGE, RED, BLUE, PURPLE = "green", "yellow", "orange", "red", "blue", "purple"
FULL, HALF, THIRD, QUARTER = 24, 12, 8, 6


class Step(NamedTuple):
    """From this value on, this colour; the first one has no value."""

    value: float | None
    color: str


MINUTES = (Step(None, GREEN), Step(300, YELLOW), Step(900, ORANGE), Step(3_600, RED))
"""Seconds that a customer waits."""
NONE_IS_GOOD = (Step(None, GREEN), Step(1, ORANGE), Step(10, RED))
KEPT = (Step(None, RED), Step(0.8, ORANGE), Step(0.9, YELLOW), Step(0.95, GREEN))
"""Share of promises kept."""
BROKEN = (Step(None, GREEN), Step(0.05, YELLOW), Step(0.1, ORANGE), Step(0.2, RED))
"""Share of promises broken."""
PLAIN = (Step(None, BLUE),)


_EXPLAIN = (
    ("queue", "${board}/#/s/${__field.labels.tenant:percentencode}/queue%3D${__field.labels.queue:percentencode}"),
    ("segment", "${board}/#/s/${__field.labels.tenant:percentencode}/${__field.labels.segment:percentencode}"),
)
"""Where the live board explains a value, by the label that names it."""


class Query(NamedTuple):
    """One PromQL expression and what its series are called."""

    expr: str
    legend: str = "{{queue}}"


def now(panel: Any, title: str, text: str, unit: str, *queries: Query, steps: tuple[Step, ...] = PLAIN, **size: int) -> Any:
    """Finish a panel that shows the present."""
    return _finish(panel, title, text, unit, queries, steps, instant=True, **size)


def figure(title: str, text: str, unit: str, *queries: Query, steps: tuple[Step, ...] = PLAIN, **size: int) -> Any:
    """Return big numbers, coloured by the steps and always with their name."""
    panel = stat.Panel().color_mode(shapes.BigValueColorMode.BACKGROUND).text_mode(shapes.BigValueTextMode.VALUE_AND_NAME)
    panel = panel.graph_mode(shapes.BigValueGraphMode.NONE).no_value("none").reduce_options(_last())
    return now(panel, title, text, unit, *queries, steps=steps, **size)


def bars(title: str, text: str, unit: str, *queries: Query, steps: tuple[Step, ...] = PLAIN, **size: int) -> Any:
    """Return a bar per series: many of them at a glance."""
    panel = bargauge.Panel().orientation(shapes.VizOrientation.HORIZONTAL).display_mode(shapes.BarGaugeDisplayMode.BASIC)
    return now(panel.min(0).no_value("none").reduce_options(_last()), title, text, unit, *queries, steps=steps, **size)


def graph(title: str, text: str, unit: str, *queries: Query, steps: tuple[Step, ...] = PLAIN, **size: int) -> Any:
    """Return lines over time; more than one step is drawn as lines, too."""
    legend = common.VizLegendOptions().display_mode(shapes.LegendDisplayMode.LIST).placement(shapes.LegendPlacement.BOTTOM)
    panel = timeseries.Panel().legend(legend.show_legend(True)).line_width(2).fill_opacity(5)
    panel = panel.tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING))
    if len(steps) > 1:
        panel = panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.DASHED))
    return _finish(panel, title, text, unit, queries, steps, instant=False, **size)


def rows(title: str, text: str, unit: str, *queries: Query, steps: tuple[Step, ...] = PLAIN, **size: int) -> Any:
    """Return a table, one row per set of labels and one column per query, named by its legend."""
    drop = {"Time": True, "__name__": True, "instance": True, "job": True} | {f"Time {number}": True for number in range(1, 9)}
    names = {f"Value #{chr(65 + number)}": query.legend for number, query in enumerate(queries)}
    if len(queries) == 1:
        names["Value"] = queries[0].legend
    panel = table.Panel().with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    organize = {"excludeByName": drop, "renameByName": names, "indexByName": {}}
    panel = panel.with_transformation(models.DataTransformerConfig(id_val="organize", options=organize))
    return _finish(panel, title, text, unit, queries, steps, instant=True, form=PromQueryFormat.TABLE, **size)


def heat(title: str, text: str, unit: str, query: Query, **size: int) -> Any:
    """Return how many observations fell into each class over time; the query gives increases by `le`."""
    panel = heatmap.Panel().calculate(False).show_value(shapes.VisibilityMode.NEVER)
    return _finish(panel, title, text, unit, (query,), PLAIN, instant=False, form=PromQueryFormat.HEATMAP, **size)


def _last() -> Any:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _explained(panel: Any, queries: tuple[Query, ...]) -> Any:
    """Link a value to the live board's page, which says which tickets are behind it."""
    for label, url in _EXPLAIN:
        if all(f"{{{{{label}}}}}" in query.legend or f"by (tenant, {label}" in query.expr for query in queries):
            link = dashboard.DashboardLink("Explain on the live board").url(url).target_blank(True)
            return panel.data_links([link.type(models.DashboardLinkType.LINK)])
    return panel


def _finish(
    panel: Any,
    title: str,
    text: str,
    unit: str,
    queries: tuple[Query, ...],
    steps: tuple[Step, ...],
    *,
    instant: bool,
    form: PromQueryFormat = PromQueryFormat.TIME_SERIES,
    width: int = HALF,
    height: int = 8,
) -> Any:
    panel = panel.title(title).description(text).unit(unit).datasource(SOURCE).height(height).span(width)
    colours = [models.Threshold(value=step.value, color=step.color) for step in steps]
    panel = panel.thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(colours))
    for number, query in enumerate(queries):
        target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(chr(65 + number)).datasource(SOURCE)
        target = target.instant() if instant else target.range()
        panel = panel.with_target(target.format(form))
    return _explained(panel, queries)
