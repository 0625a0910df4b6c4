"""The file in which people say what was really wrong, and when nothing was."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec
from pydantic import AwareDatetime, ValidationError, model_validator

from agents.mistakes import ConfigurationError, Mistake, mistakes_of
from agents.sections import Section
from pipeline.backtest.form import FalseAlarm, Incident, Labels
from pipeline.policy import milliseconds
from pipeline.signals import AlertAction, AlertActionType

_PLACE = ("tenant", "queue", "channel", "priority", "team", "brand", "region", "customer_tier", "topic")
_FALSE = "false"


class _Place(Section):
    """Where it was; what is left out is any."""

    tenant: str | None = None
    queue: str | None = None
    channel: str | None = None
    priority: str | None = None
    team: str | None = None
    brand: str | None = None
    region: str | None = None
    customer_tier: str | None = None
    topic: str | None = None

    @property
    def where(self) -> dict[str, str]:
        """Return what is named."""
        return {name: value for name in _PLACE if (value := getattr(self, name)) is not None}


class IncidentModel(_Place):
    """A time in which something was really wrong."""

    name: str = ""
    since: AwareDatetime
    until: AwareDatetime

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.since >= self.until:
            raise ValueError("until: must be after since")
        return self


class FalseAlarmModel(_Place):
    """An alert by its id, or a time in which nothing was wrong."""

    alert: str = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        named = self.since is not None or self.until is not None or bool(self.where)
        if bool(self.alert) is named:
            raise ValueError("give either the id of an alert, or since and until")
        if named and (self.since is None or self.until is None or self.since >= self.until):
            raise ValueError("give since, and until after it")
        return self


class LabelsModel(Section):
    """The whole file."""

    complete: bool = True
    incidents: tuple[IncidentModel, ...] = ()
    false_alarms: tuple[FalseAlarmModel, ...] = ()


def read_labels(path: Path) -> Labels:
    """Read a file of labels.

    Raises:
        ConfigurationError: with every mistake in it.

    """
    try:
        model = LabelsModel.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError([Mistake(str(path), f"cannot read it: {error.strerror}")], str(path)) from None
    except UnicodeDecodeError:
        raise ConfigurationError([Mistake(str(path), "is not UTF-8 text")], str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([Mistake(str(path), f"is not TOML: {error}")], str(path)) from None
    except ValidationError as error:
        raise ConfigurationError(mistakes_of(error, LabelsModel), str(path)) from None
    return Labels(
        incidents=tuple(
            Incident(where=one.where, since=milliseconds(one.since), until=milliseconds(one.until), name=one.name)
            for one in model.incidents
        ),
        false_alarms=tuple(
            FalseAlarm(alert=one.alert, where=one.where, since=_known(one.since), until=_known(one.until))
            for one in model.false_alarms
        ),
        complete=model.complete,
    )


def annotated(actions: Iterable[bytes]) -> Iterator[FalseAlarm]:
    """Yield the alerts that people annotated as false: with a note that begins with the word.

    Raises:
        msgspec.DecodeError: a record of `alert-actions` is none.

    """
    for value in actions:
        action = msgspec.json.decode(value, type=AlertAction)
        if action.type is AlertActionType.ANNOTATE and action.note.strip().lower().startswith(_FALSE):
            yield FalseAlarm(alert=action.alert_id)


def _known(moment: datetime | None) -> int:
    return 0 if moment is None else milliseconds(moment)
