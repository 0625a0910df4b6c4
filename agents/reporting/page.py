"""A report as one HTML page that can be forwarded: nothing is loaded from anywhere, and it prints."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from agents.reporting import charts
from agents.reporting.wording import TITLES, amount, difference, earlier, moment
from agents.screen import glance
from pipeline import __version__
from pipeline.catalogue import DEFINITIONS
from pipeline.reporting.form import Report


def html(report: Report) -> str:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("agents.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"amount": amount, "glance": glance}
    environment.globals |= {"difference": difference}
    return environment.get_template("report.html.j2").render(
        report=report,
        title=TITLES[report.form],
        period=f"{moment(report.since, report.zone)} to {moment(report.until, report.zone)}, {report.zone}",
        when=lambda at_ms: moment(at_ms, report.zone),
        # The plots are ours; every other text in the page is escaped.
        plots={name: Markup(draw(report)) for name, draw in _PLOTS.items()} if report.course else {},  # noqa: S704
        definitions=[DEFINITIONS[figure.code] for figure in report.figures],
        columns=_columns(report),
        earlier=earlier(report),
        version=__version__,
    )


_PLOTS = {"first_replies": charts.first_replies, "volume": charts.volume, "week": charts.week}


def _columns(report: Report) -> list[str]:
    """Return the codes that the tables by queue and channel show: those that somebody has."""
    rows = (*report.by_queue, *report.by_channel)
    return [code for code in DEFINITIONS if any(code in row.figures for row in rows)]
