"""A backtest as one HTML page that can be forwarded: nothing is loaded from anywhere, and it prints."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from agents.backtesting import timeline
from agents.backtesting.wording import VERDICTS, hours, kept, lines, period, place, shift, span, tenants
from agents.reporting.wording import moment
from agents.screen import glance
from pipeline import __version__
from pipeline.backtest.form import Backtest

EPISODES = 300
"""Episodes that the page lists."""


def html(told: Backtest) -> str:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("agents.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"glance": glance, "hours": hours, "kept": kept}
    several = tenants(told)
    return environment.get_template("backtest.html.j2").render(
        told=told,
        period=period(told),
        lines=lines(told),
        promises=[one for one in told.promises if one.queue is None or one.present != one.proposed],
        episodes=told.episodes[:EPISODES],
        verdicts=VERDICTS,
        when=lambda at_ms: moment(at_ms, told.zone),
        span=lambda one: span(one, told.zone),
        shift=shift,
        place=lambda one: place(one.tenant, one.segment, several=several),
        several=several,
        # The plot is ours; every other text in the page is escaped.
        plot=Markup(timeline.draw(told)) if told.episodes or told.findings else "",  # noqa: S704
        version=__version__,
    )
