"""How long contacts take, how soon each is to be taken, and the rota where no rota is told, as configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipeline.duration import Millis
from pipeline.events import Channel
from pipeline.hours import Interval, Weekday

_HOUR_MS = 3_600_000
Lasting = Annotated[Millis, Field(ge=1_000)]
"""A duration that is not nothing."""


class RotaStretch(Interval):
    """People on the rota from one wall-clock time to before another."""

    people: int = Field(ge=0, le=100_000)
    """How many."""


class StaffingModel(BaseModel):
    """What `firstreply plan` and the rule `understaffed` work out numbers of responders with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    handling: dict[Channel, Lasting] = {}
    """How long one contact keeps a responder, all its replies together. Nothing is assumed where nothing is said."""
    at_once: dict[Channel, Annotated[int, Field(ge=1, le=20)]] = {}
    """Contacts that a responder holds at a time; `handling` is then what one lasts while so many are held."""
    within: dict[Channel, Millis] = {}
    """How soon a contact is to be taken. Without an entry: as `expectations` say, else a minute live and a day elsewhere."""
    share: float = Field(default=0.8, gt=0, lt=1)
    """This share of live contacts is to be taken in time; all others are to be answered in time, each."""
    patience: dict[Channel, Annotated[Lasting, Field(le=_HOUR_MS)]] = {}
    """How long a live customer waits on average before leaving. Without an entry they wait on (Erlang C)."""
    occupancy: float = Field(default=0.85, gt=0, le=1)
    """The part of the time that live contacts may keep a responder busy."""
    deferred_occupancy: float = Field(default=0.95, gt=0, le=1)
    """The same, all work together."""
    shrinkage: float = Field(default=0.0, ge=0, lt=0.9)
    """The part of the hours on the rota that is not spent on the queue: breaks, training, sickness. No value is standard."""
    weeks: int = Field(default=8, ge=1, le=52)
    """So many of the same hours of the week make a forecast, the newer ones counting more."""
    rota: dict[str, dict[Weekday, tuple[RotaStretch, ...]]] = {}
    """Queue -> weekday -> who is planned, in the domain's zone: where responder events tell no shifts."""
