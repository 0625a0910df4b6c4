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
    known = earlier(report)
    return environment.get_template("report.html.j2").render(
        report=report,
        title=TITLES[report.form],
        period=f"{moment(report.since, report.zone)} to {moment(report.until, report.zone)}, {report.zone}",
        when=lambda at_ms: moment(at_ms, report.zone),
        # The plots are ours; every other text in the page is escaped.
        plots={name: Markup(draw(report)) for name, draw in _PLOTS.items()} if report.course else {},  # noqa: S704
        definitions=[DEFINITIONS[figure.code] for figure in report.figures],
        columns=_columns(report),
        most=_MOST,
        against=_AGAINST if any(code == "previous" for code, _ in known) else (),
        earlier=known,
        version=__version__,
    )


_MOST = 40
"""Rows of a table that people still read."""
_AGAINST = ("created", "first_reply")
"""What the tables by queue, channel and topic compare with the period before."""
_PLOTS = {"first_replies": charts.first_replies, "volume": charts.volume, "week": charts.week}


def _columns(report: Report) -> list[str]:
    """Return the codes that the tables by queue, channel and topic show: those that somebody has."""
    rows = (*report.by_queue, *report.by_channel, *report.by_topic)
    return [code for code in DEFINITIONS if any(code in row.figures for row in rows)]
