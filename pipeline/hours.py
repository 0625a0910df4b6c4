"""Configured hours: when people work, on which days otherwise, and what holds for a channel that is closed."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pipeline.events import Channel


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"{name!r} is not an IANA time zone, such as Europe/Berlin"
        raise ValueError(msg) from None
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


def _midnight(value: Any) -> Any:
    return "00:00" if value in ("24:00", "24:00:00") else value


class Weekday(StrEnum):
    """Days as calendars name them; Monday is 0 in `list(Weekday)`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Interval(_Model):
    """Open from one wall-clock time to before another; `until` at or before `since` runs over midnight."""

    since: time
    """The first minute that is open."""
    until: Annotated[time, BeforeValidator(_midnight)]
    """`24:00` and `00:00` are both the end of the day."""


class WeekModel(_Model):
    """The weekly hours from a date on."""

    since: date = Field(validation_alias=AliasChoices("from", "since"))
    """The first date, by the calendar's own clock, that has these hours. A night shift belongs to the date it begins on."""
    hours: dict[Weekday, tuple[Interval, ...]] = {}
    """No weekday at all means always open; a weekday left out is closed."""

    @model_validator(mode="after")
    def _opens(self) -> Self:
        _check_opens(self.hours)
        return self


class CalendarModel(_Model):
    """When a queue or a team works, in its own zone."""

    zone: Zone = "UTC"
    """An IANA zone; hours and dates are those of its clocks."""
    hours: dict[Weekday, tuple[Interval, ...]] = {}
    """No weekday at all means always open; a weekday left out is closed."""
    special: dict[date, tuple[Interval, ...]] = {}
    """Dated hours that replace the weekday's; an empty list is a holiday."""
    names: dict[date, str] = {}
    """What dates with hours of their own are called, for people: `2026-12-25` is Christmas Day."""
    versions: tuple[WeekModel, ...] = ()
    """Weekly hours that replace `hours` from a date on, ascending: the days before keep theirs."""
    version: int = 1
    """Told with every promise that was timed by it; count it up when you change the hours."""

    @model_validator(mode="after")
    def _opens(self) -> Self:
        _check_opens(self.hours)
        for before, after in pairwise(self.versions):
            if after.since <= before.since:
                msg = (
                    f"versions: {after.since} stands after {before.since}; write them in the order of their dates, each date once"
                )
                raise ValueError(msg)
        return self


class FallbackModel(_Model):
    """Outside the hours of a channel, its customers are promised what another channel promises."""

    channel: Channel
    """The channel that is closed at times."""
    to: Channel
    """Whose promises hold instead, and where customers are sent meanwhile."""
    queues: tuple[str, ...] = ()
    """In these queues only; none: in every queue."""
    calendar: str = ""
    """When the channel is staffed; left out: when the ticket's queue or team works."""

    @model_validator(mode="after")
    def _another(self) -> Self:
        if self.channel is self.to:
            msg = f"to: is {self.to.value!r} itself; name another channel"
            raise ValueError(msg)
        return self


def _check_opens(hours: dict[Weekday, tuple[Interval, ...]]) -> None:
    if hours and not any(hours.values()):
        msg = "no weekday has open hours; leave `hours` out for a calendar that is always open"
        raise ValueError(msg)
