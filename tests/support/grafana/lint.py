"""What is wrong with a dashboard: the rules of grafana/dashboard-linter that apply here, and our own.

Left out are its rules on the variables `job` and `instance`: these boards choose by tenant and queue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser

from tests.support.grafana.queries import filled, label_query, panels, targets, used, values_of, variables

_SERIES = re.compile(r"(?<![\w:])((?:tenant_queue\w*:)?support_[\w:]+)(?:\{([^}]*)\})?")
_QUOTED = re.compile(r'"[^"]*"')
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)")
_FIXED_RATE = re.compile(r"\b(?:rate|increase|irate)\([^\[]*\[(?!\$__)")
_COLUMNS = 24
_SOURCE = "${datasource}"


def complaints(document: Mapping[str, Any], series: Mapping[str, frozenset[str]]) -> list[str]:
    """Return what is wrong, a sentence each; `series` are the exposed ones with their labels."""
    return [
        *_board(document),
        *(f"{panel.get('title')}: {wrong}" for panel in panels(document) for wrong in _panel(panel)),
        *_layout(document),
        *_queries(document, series),
        *_variables(document),
    ]


def _board(document: Mapping[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"firstreply-[a-z]+", str(document.get("uid", ""))):
        yield "the uid is not firstreply-NAME"
    if document.get("editable") is not False:
        yield "it can be edited, which provisioning would undo"
    if not document.get("title") or not document.get("description"):
        yield "it has no title or no description"
    if variables(document).get("datasource", {}).get("type") != "datasource":
        yield "the data source is no variable"
    if not any("${runbooks}" in link.get("url", "") for link in document["links"]):
        yield "no link to the runbooks"
    if not any("${board}" in link.get("url", "") for link in document["links"]):
        yield "no link to the live board"
    if not document["annotations"]["list"]:
        yield "no annotation for alerts"


def _panel(panel: Mapping[str, Any]) -> Iterator[str]:
    if not panel.get("title") or len(panel.get("description", "")) < 10:
        yield "needs a title and a description"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield "has no unit"
    if not panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps"):
        yield "has no thresholds"
    sources = [panel.get("datasource", {}), *(target.get("datasource", {}) for target in panel.get("targets", ()))]
    if {source.get("uid") for source in sources} != {_SOURCE}:
        yield "does not use the data source variable"
    refs = [target["refId"] for target in panel.get("targets", ())]
    if not refs or len(refs) != len(set(refs)):
        yield "has no query, or two of one name"
    for target in panel.get("targets", ()):
        missing = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))) - _labels_of(target["expr"])
        if missing:
            yield f"legend names {sorted(missing)}, which the query does not keep"


def _labels_of(expr: str) -> set[str]:
    """Return the labels that an expression is known to keep: those of its `by`, or all of a bare selector's."""
    kept = {label.strip() for group in re.findall(r"\bby \(([^)]*)\)", expr) for label in group.split(",")}
    bare = {"job", "instance", "tenant", "queue", "sla"} if not kept else set()
    return kept | bare


def _layout(document: Mapping[str, Any]) -> Iterator[str]:
    ids = [panel.get("id") for panel in document["panels"]]
    if None in ids or len(ids) != len(set(ids)):
        yield "panels without a number, or two of one"
    taken: set[tuple[int, int]] = set()
    for panel in document["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        if place["x"] + place["w"] > _COLUMNS or cells & taken:
            yield f"{panel.get('title')}: leaves the grid or lies over another panel"
        taken |= cells


def _queries(document: Mapping[str, Any], series: Mapping[str, frozenset[str]]) -> Iterator[str]:
    values = values_of(document)
    for target in targets(document):
        if unknown := used(target.expr) - values.keys():
            yield f"{target.panel}: unknown variables {sorted(unknown)}"
            continue
        if _FIXED_RATE.search(target.expr):
            yield f"{target.panel}: a rate over a fixed time ignores the zoom: {target.expr}"
        try:
            promql_parser.parse(filled(target.expr, values))
        except ValueError as error:
            yield f"{target.panel}: {error}"
        yield from (f"{target.panel}: {wrong}" for wrong in _selectors(target.expr, series))


def _selectors(expr: str, series: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for name, selector in _SERIES.findall(expr):
        if name not in series:
            yield f"nobody exposes {name}"
        elif unknown := set(_MATCHER.findall(_QUOTED.sub('""', selector))) - series[name] - {"job", "instance"}:
            yield f"{name} has no label {sorted(unknown)}"


def _variables(document: Mapping[str, Any]) -> Iterator[str]:
    named = variables(document)
    for name, variable in named.items():
        if variable["type"] == "query" and label_query(variable) is None:
            yield f"variable {name}: asks for something else than label values"
        if variable["type"] == "query" and variable.get("refresh") != 2:  # on change of the time range
            yield f"variable {name}: is not asked again when the time range changes"
        if variable["type"] == "query" and not variable.get("current"):
            yield f"variable {name}: opens with nothing chosen"
        if not variable.get("label"):
            yield f"variable {name}: has no label"
    everything = str({key: value for key, value in document.items() if key != "templating"})
    everything += "".join(str(variable.get("query", "")) for variable in named.values())
    if unused := {name for name in named if not re.search(rf"\$\{{?{name}\b", everything)}:
        yield f"variables that nothing uses: {sorted(unused)}"
