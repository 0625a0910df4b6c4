"""What all boards share: variables, links, annotations, and how they become files."""

from __future__ import annotations

import json
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.vocabulary import SOURCE

PREFIX = "firstreply-"
BOARD_URL = "http://127.0.0.1:8090"
"""`firstreply serve` where nothing else is said: the text box `board` of every dashboard."""
RUNBOOKS_URL = "/public/runbooks"
ALL = "[^,]*"
"""All values of a variable: within a segment's name a comma ends a value."""


def choice(name: str, label: str, query: str, *, regex: str = "", several: bool = True) -> Any:
    """Return a variable whose values come from Prometheus."""
    variable = dashboard.QueryVariable(name).label(label).datasource(SOURCE).query(query).regex(regex)
    variable = variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)
    if several:
        everything = models.VariableOption(selected=True, text="All", value="$__all")
        return variable.multi(True).include_all(True).all_value(ALL).current(everything)
    return variable


def tenant() -> Any:
    """Return the variable `tenant`."""
    return choice("tenant", "Tenant", "label_values(support_service_levels_as_of_timestamp_seconds, tenant)")


def queue() -> Any:
    """Return the variable `queue`."""
    return choice("queue", "Queue", 'label_values(support_tickets_created_total{tenant=~"$tenant"}, queue)')


def channel() -> Any:
    """Return the variable `channel`: Prometheus knows channels as a part of a segment's name."""
    query = 'label_values(support_first_reply_window_samples{tenant=~"$tenant"}, segment)'
    return choice("channel", "Channel", query, regex="/^channel=([^,]+)$/")


def window() -> Any:
    """Return the variable `window`, one of the configured rolling windows."""
    variable = choice("window", "Window", "label_values(support_first_reply_window_samples, window)", several=False)
    return variable.current(models.VariableOption(selected=True, text="1h", value="1h"))


def start(name: str, title: str, text: str, *variables: Any, refresh: str = "10s", since: str = "now-3h") -> Any:
    """Return a dashboard without panels."""
    board = dashboard.Dashboard(title).uid(PREFIX + name).description(text).tags(["firstreply", "generated"]).readonly()
    board = board.refresh(refresh).time(since, "now").timezone(shapes.TimeZoneBrowser)
    board = board.tooltip(models.DashboardCursorSync.CROSSHAIR)
    board = board.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    for variable in variables:
        board = board.with_variable(variable)
    for box, label, default in (("board", "Live board", BOARD_URL), ("runbooks", "Runbooks", RUNBOOKS_URL)):
        value = models.VariableOption(selected=True, text=default, value=default)
        hidden = dashboard.TextBoxVariable(box).label(label).default_value(default).current(value).options([value])
        board = board.with_variable(hidden.hide(models.VariableHide.HIDE_VARIABLE))
    return _annotated(_linked(board))


def _linked(board: Any) -> Any:
    others = dashboard.DashboardLink("firstreply").type(models.DashboardLinkType.DASHBOARDS).tags(["firstreply"])
    live = dashboard.DashboardLink("Live board").type(models.DashboardLinkType.LINK).url("${board}/").icon("external link")
    runbooks = dashboard.DashboardLink("Runbooks").type(models.DashboardLinkType.LINK).url("${runbooks}/").icon("doc")
    board = board.link(others.as_dropdown(True).keep_time(True).include_vars(True))
    board = board.link(live.target_blank(True).tooltip("What happens this second, and why each ticket counts as it does"))
    return board.link(runbooks.target_blank(True).tooltip("What to do about each alert"))


def _annotated(board: Any) -> Any:
    note = dashboard.AnnotationQuery().name("Alerts").datasource(SOURCE).enable(True).icon_color("red")
    firing = 'sum by (tenant, alertname, severity) (support_alerts_firing{tenant=~".+"}) > 0'
    note = note.expr(firing).title_format("{{alertname}}").text_format("{{tenant}} {{severity}}").step("60s")
    rules = dashboard.AnnotationQuery().name("Pipeline alerts").datasource(SOURCE).enable(True).icon_color("purple")
    rules = rules.expr('ALERTS{alertstate="firing",alertname!="Watchdog"}').title_format("{{alertname}}").step("60s")
    return board.annotation(note).annotation(rules)


def text_of(board: Any) -> str:
    """Return the file of a dashboard: sorted, with numbered panels, since deep links hold their numbers."""
    document: dict[str, Any] = json.loads(JSONEncoder(sort_keys=True).encode(board.build()))
    for number, panel in enumerate(document["panels"], 1):
        panel["id"] = number
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
