"""What people did about alerts, added up in the order of the log."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from pipeline.signals import AlertAction, AlertActionType

NOTES_KEPT = 20
ALERTS_KEPT = 10_000
"""Alerts with acts that are remembered; the ones acted on longest ago are forgotten first."""


class Acts(msgspec.Struct, frozen=True):
    """The state of one alert as people left it."""

    acknowledged_at: int | None = None
    acknowledged_by: str = ""
    snoozed_until: int | None = None
    snoozed_by: str = ""
    snooze_note: str = ""
    notes: tuple[AlertAction, ...] = ()

    def snoozed(self, now_ms: int) -> bool:
        """Say whether nobody is to be told now."""
        return self.snoozed_until is not None and now_ms < self.snoozed_until


NOTHING = Acts()


def after(acts: Acts, action: AlertAction) -> Acts:
    """Return the state after one act; the same act again changes nothing."""
    match action.type:
        case AlertActionType.ACKNOWLEDGE if acts.acknowledged_at is None:
            acts = replace(acts, acknowledged_at=action.at, acknowledged_by=action.by)
        case AlertActionType.SNOOZE:
            acts = replace(acts, snoozed_until=action.until, snoozed_by=action.by, snooze_note=action.note)
        case _:
            pass
    if action.note and all(note.id != action.id for note in acts.notes):
        acts = replace(acts, notes=(*acts.notes, action)[-NOTES_KEPT:])
    return acts


class ActBook:
    """The acts on every alert."""

    __slots__ = ("_acts",)

    def __init__(self) -> None:
        """Know of none."""
        self._acts: dict[str, Acts] = {}

    def take(self, action: AlertAction) -> None:
        """Add one act."""
        acts = after(self._acts.pop(action.alert_id, NOTHING), action)
        self._acts[action.alert_id] = acts
        if len(self._acts) > ALERTS_KEPT:
            del self._acts[next(iter(self._acts))]

    def of(self, alert_id: str) -> Acts:
        """Return what was done about one alert."""
        return self._acts.get(alert_id, NOTHING)
