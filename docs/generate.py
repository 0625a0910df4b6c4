"""Write the pages under `docs/` that are made from the code: `python -m docs.generate`."""  # noqa: INP001 - a folder of pages, no package

from __future__ import annotations

import json
from pathlib import Path

from agents.asyncapi import document
from docs.made import commands, configuration, events
from pipeline.catalogue import DEFINITIONS
from pipeline.measures import Kind
from pipeline.metrics import CATALOGUE, MetricKind

HERE = Path(__file__).resolve().parent

_METRICS = """\
# Metrics

What every worker shows on `/metrics`. This page is made from `pipeline/metrics.py` by `make docs`.

Durations are seconds, points in time are seconds since the Unix epoch: `time() - x` keeps growing when a worker hangs, an age
would not. The series without `pipeline` in their name come from committed state, so that the sum over workers is right after a
crash, too. Counters and histograms add up with `sum by (...)`. At most 200 queues per tenant have series of their own; further
ones are summed as `other` and counted in `support_pipeline_unknown_label_values_total`. Segments beyond 2,000 per tenant have
none: quantiles do not add up.

| Series | Kind | Labels | Meaning |
|---|---|---|---|
"""


def metrics_page() -> str:
    """Return the page of the metrics, in the order of the catalogue."""
    rows = []
    for definition in CATALOGUE.values():
        name = f"{definition.metric.value}_total" if definition.kind is MetricKind.COUNTER else definition.metric.value
        labels = ", ".join(f"`{label}`" for label in definition.labels)
        rows.append(f"| `{name}` | {definition.kind} | {labels} | {definition.help} |")
    return _METRICS + "\n".join(rows) + "\n"


def asyncapi_page() -> str:
    """Return the AsyncAPI document of every topic."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


_MEASURES = """\
# Measures

What every number means. This page is made from `pipeline/catalogue` by `make docs`; the exact rules are in
[semantics.md](semantics.md). A source is a row of the mission (`make coverage-of-mission`) or a section of the reference on
help desks.

Counters, amounts and durations are added to the minute in which they happen, and taken back there when a later event
shows that they were wrong. A rate is computed from the sums of a window, in millionths of its unit, rounded towards minus
infinity; the words in its formula are measures of this page, and a duration there stands for the number of its observations.

"""


def measures_page() -> str:
    """Return the page of the measures, by kind, in the order of the catalogue."""
    parts = []
    for kind, title in ((Kind.DURATION, "Durations"), (Kind.COUNTER, "Counters"), (Kind.AMOUNT, "Amounts"), (Kind.RATE, "Rates")):
        parts.append(
            f"## {title}\n\n| Code | What | Meaning | Formula | Unit, direction, clock | Source |\n|---|---|---|---|---|---|"
        )
        parts += [
            f"| `{code}` | {d.title} | {d.text} | {d.formula} | {d.unit}, {d.direction}, {d.clock} | {d.source} |"
            for code, d in DEFINITIONS.items()
            if d.kind is kind
        ]
        parts.append("")
    return _MEASURES + "\n".join(parts)


PAGES = {
    "measures.md": measures_page,
    "metrics.md": metrics_page,
    "configuration.md": configuration.page,
    "commands.md": commands.page,
    "events.md": events.page,
    "asyncapi.json": asyncapi_page,
}
"""Page under `docs/` -> what makes it."""


def write() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
