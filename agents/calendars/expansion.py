"""Calendars as configured become calendars as the core takes them: countries and files are written out as dated hours.

So the core holds dates and no rules, and what a newer release of the holidays package says differently can be seen: `firstreply
calendars show` prints every date, `firstreply calendars import` writes them down for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from agents.calendars.country import UnknownCountryError, holidays_of
from agents.calendars.feed import FeedError, read
from agents.calendars.special import FIRST_YEAR, LAST_YEAR, SpecialDays, as_tables, merged
from agents.mistakes import Mistake

SETTINGS = ("country", "subdivision", "holidays_ics", "skip_holidays")
"""Of a calendar, beside those of `pipeline.hours.CalendarModel`: an ISO country and its part; a file or several; names that do
not count."""
_YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


def expanded(domain: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], list[Mistake]]:
    """Return a `domain` table with plain calendars, and what is wrong with the settings that are not plain.

    Args:
        domain: the table as read.
        folder: where relative names of files begin.

    """
    calendars = domain.get("calendars")
    if not isinstance(calendars, Mapping):
        return dict(domain), []
    mistakes: list[Mistake] = []
    plain = {name: _plain(f"domain.calendars.{name}", one, folder, mistakes) for name, one in calendars.items()}
    return {**domain, "calendars": plain}, mistakes


def _plain(path: str, calendar: Any, folder: Path, mistakes: list[Mistake]) -> Any:
    if not isinstance(calendar, Mapping) or not any(setting in calendar for setting in SETTINGS):
        return calendar
    wrong = list(_wrong_shapes(path, calendar))
    mistakes += wrong
    kept = {name: value for name, value in calendar.items() if name not in SETTINGS}
    if wrong:
        return kept
    special, names = as_tables(merged([_country(path, calendar, mistakes), _files(path, calendar, folder, mistakes)]))
    written = {_on(day): hours for day, hours in dict(kept.get("special", {})).items()}
    named = {_on(day): name for day, name in dict(kept.get("names", {})).items()}
    # A date that the configuration writes out itself is no longer what the country or the file calls it.
    names = {day: name for day, name in names.items() if day not in written}
    return {**kept, "special": special | written, "names": names | named}


def _on(day: Any) -> str:
    return day.isoformat() if isinstance(day, date) else str(day)


def _wrong_shapes(path: str, calendar: Mapping[str, Any]) -> Iterator[Mistake]:
    for setting in ("country", "subdivision"):
        if not isinstance(calendar.get(setting, ""), str):
            yield Mistake(f"{path}.{setting}", "should be a text, such as DE")
    for setting in ("holidays_ics", "skip_holidays"):
        value = calendar.get(setting, [])
        if not isinstance(value, str) and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            yield Mistake(f"{path}.{setting}", "should be a text or a list of texts")
    if calendar.get("subdivision") and not calendar.get("country"):
        yield Mistake(f"{path}.subdivision", "needs a country")
    for setting in ("special", "names"):
        if not isinstance(calendar.get(setting, {}), Mapping):
            yield Mistake(f"{path}.{setting}", "should be a table")


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _country(path: str, calendar: Mapping[str, Any], mistakes: list[Mistake]) -> SpecialDays:
    country, subdivision = calendar.get("country", ""), calendar.get("subdivision", "")
    if not country:
        return {}
    try:
        return holidays_of(country, subdivision, _YEARS, _list(calendar.get("skip_holidays", [])))
    except UnknownCountryError as error:
        mistakes.append(Mistake(f"{path}.{'subdivision' if subdivision and 'part' in str(error) else 'country'}", str(error)))
        return {}


def _files(path: str, calendar: Mapping[str, Any], folder: Path, mistakes: list[Mistake]) -> SpecialDays:
    layers = []
    for name in _list(calendar.get("holidays_ics", [])):
        try:
            layers.append(read(folder / name, str(calendar.get("zone", "UTC")), _list(calendar.get("skip_holidays", []))))
        except FeedError as error:
            mistakes.append(Mistake(f"{path}.holidays_ics", str(error)))
        except (KeyError, ValueError):  # the zone is none: the model says so
            return {}
    return merged(layers)
