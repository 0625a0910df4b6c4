"""The PromQL of a dashboard, with its variables filled in as Grafana would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

BUILT_IN = {"__rate_interval": "15s", "__range": "5m", "__interval": "5s"}
_VARIABLE = re.compile(r"\$\{?(\w+)(?::\w+)?\}?")
_LABEL_VALUES = re.compile(r"label_values\((?:(.+),\s*)?(\w+)\)")


class Target(NamedTuple):
    """One query of one panel."""

    panel: str
    ref: str
    expr: str


def panels(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every panel that is no row, also those inside of collapsed rows."""
    for panel in document["panels"]:
        if panel["type"] == "row":
            yield from (inner for inner in panel.get("panels", ()))
        else:
            yield panel


def targets(document: Mapping[str, Any]) -> Iterator[Target]:
    """Yield every query of every panel."""
    for panel in panels(document):
        for target in panel.get("targets", ()):
            yield Target(panel.get("title", ""), target["refId"], target["expr"])


def variables(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the variables by name."""
    return {variable["name"]: variable for variable in document["templating"]["list"]}


def used(text: str) -> set[str]:
    """Return the variables in a text."""
    return set(_VARIABLE.findall(text))


def value_of(variable: Mapping[str, Any]) -> str:
    """Return what a variable is where nobody has chosen."""
    chosen = str(variable.get("current", {}).get("value", ""))
    return str(variable["allValue"]) if chosen == "$__all" else chosen


def filled(expr: str, values: Mapping[str, str]) -> str:
    """Return an expression with its variables filled in."""
    return _VARIABLE.sub(lambda found: values[found[1]], expr)


def values_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that a dashboard opens with."""
    return BUILT_IN | {name: value_of(variable) for name, variable in variables(document).items()}


def label_query(variable: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return selector and label of a variable that asks for label values; `None` for any other."""
    found = _LABEL_VALUES.fullmatch(str(variable.get("query", "")))
    return (found[1] or "", found[2]) if found else None
