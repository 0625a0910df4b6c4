"""Who is on call: a TOML file of rotations and overrides, named in each page. Paging itself stays with Alertmanager."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator

from agents.sections import Section
from pipeline.duration import Millis
from pipeline.hours import Zone


class ScheduleError(ValueError):
    """The file is no schedule; the message says where it is wrong."""


class Rotation(Section):
    """People who take turns. Shifts change by the wall clock: at nine also after the clocks have changed."""

    name: str
    people: tuple[str, ...] = Field(min_length=1)
    starts: datetime
    """When the first person's first shift begins, as local time without an offset."""
    length: Millis = Field(gt=0)
    queues: tuple[str, ...] = ()
    """Whose pages they take; empty: every queue's."""

    @field_validator("starts")
    @classmethod
    def _local(cls, value: datetime) -> datetime:
        if value.tzinfo is not None:
            raise ValueError("write a local time without an offset, such as 2026-01-05T09:00:00")
        return value

    def person(self, local: datetime) -> str | None:
        """Return whose shift it is at a local time; `None` before the first."""
        if local < self.starts:
            return None
        shift = (local - self.starts) // timedelta(milliseconds=self.length)
        return self.people[shift % len(self.people)]


class Override(Section):
    """Somebody else takes a rotation for a while, `[since, until)`, local times."""

    rotation: str
    person: str
    since: datetime
    until: datetime


class Schedule(Section):
    """The whole file."""

    zone: Zone = "UTC"
    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()

    @field_validator("overrides")
    @classmethod
    def _naive(cls, value: tuple[Override, ...]) -> tuple[Override, ...]:
        if any(one.since.tzinfo or one.until.tzinfo for one in value):
            raise ValueError("write local times without an offset")
        return value

    def on_call(self, at_ms: int, queue: str | None) -> tuple[str, ...]:
        """Return who takes the pages of a queue, in the order of the rotations; without a queue, those who take every queue's."""
        local = datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        found = []
        for rotation in self.rotations:
            if rotation.queues and queue not in rotation.queues:
                continue
            instead = [one for one in self.overrides if one.rotation == rotation.name and one.since <= local < one.until]
            person = instead[-1].person if instead else rotation.person(local)
            if person is not None:
                found.append(person)
        return tuple(dict.fromkeys(found))


def read_schedule(path: Path) -> Schedule:
    """Return the schedule in a file.

    Raises:
        ScheduleError: it is none.

    """
    try:
        schedule = Schedule.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is not TOML: {error}"
        raise ScheduleError(msg) from None
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        msg = f"{path}: {wrong}"
        raise ScheduleError(msg) from None
    strangers = {one.rotation for one in schedule.overrides} - {rotation.name for rotation in schedule.rotations}
    if strangers:
        msg = f"{path}: overrides of {', '.join(sorted(strangers))}: there is no such rotation"
        raise ScheduleError(msg)
    return schedule
