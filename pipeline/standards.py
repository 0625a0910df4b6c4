"""What good means, as configuration: the ladder of service levels, the goals, and the waits that customers are told."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.duration import Millis
from pipeline.events import Channel
from pipeline.measures import Measure

Share = Annotated[float, Field(gt=0, lt=1)]
Dimensions = tuple[Literal["queue", "channel", "priority", "team", "brand", "region", "customer_tier"], ...]
_STARS = 5


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_MINUTE_MS, _DAY_MS = 60_000, 86_400_000


class GroupModel(_Model):
    """One column of the table: channels whose customers expect the same. One limit per level above the lowest, falling."""

    channels: tuple[Channel, ...]
    """The channels of the column; each is in one group at most."""
    first_reply: tuple[Millis, ...]
    """The longest first reply of each level."""
    resolution: tuple[Millis, ...] = ()
    """The longest resolution of each level."""
    abandoned: tuple[Share, ...] = ()
    """Largest share of conversations given up."""
    expectation: Millis | None = None
    """What these customers themselves expect of a first reply; the share that got it is told beside the level."""


class RatingStep(_Model):
    """What a level asks of ratings, in stars from 1 to 5: a share of answers with at least so many, or a mean."""

    stars: Literal[3, 4, 5] | None = None
    """An answer counts that has so many stars or more; needs `share`."""
    share: Share | None = None
    """The least share of answers that count."""
    mean: float | None = Field(default=None, ge=1, le=_STARS)
    """The least mean of the stars."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.stars is None) != (self.share is None) or (self.stars is None) == (self.mean is None):
            msg = "give either `stars` and `share`, or `mean`"
            raise ValueError(msg)
        return self


class LadderModel(_Model):
    """The ladder of service levels. Without groups there is none."""

    names: tuple[str, ...] = ("unacceptable", "below average", "average", "above average", "stellar")
    """The levels, from the lowest."""
    groups: dict[str, GroupModel] = {}
    csat: tuple[RatingStep, ...] = ()
    share: Share = 0.9
    """The share of contacts that has to stay within a level's limit."""
    window: str = ""
    """Which of the domain's windows is judged; empty: the longest of at most seven days."""
    minimum: int = Field(default=20, ge=1)
    """Fewer contacts than this in the window: cannot tell."""
    otherwise: str = ""
    """The group of segments that do not tell channels apart; empty: these have no level."""
    first_reply: Literal[Measure.FIRST_REPLY, Measure.FIRST_REPLY_BUSINESS] = Measure.FIRST_REPLY
    """Which measure the limits of first replies are for."""
    resolution: Literal[
        Measure.FIRST_RESOLUTION, Measure.FIRST_RESOLUTION_BUSINESS, Measure.FULL_RESOLUTION, Measure.FULL_RESOLUTION_BUSINESS
    ] = Measure.FULL_RESOLUTION
    """Which measure the limits of resolutions are for."""

    @model_validator(mode="after")
    def _rows(self) -> Self:
        steps = len(self.names) - 1
        wrong: list[str] = []
        for name, group in self.groups.items():
            for measure, limits in (
                ("first_reply", group.first_reply),
                ("resolution", group.resolution),
                ("abandoned", group.abandoned),
            ):
                if limits and len(limits) != steps:
                    wrong.append(f"groups.{name}.{measure}: needs {steps} limits, one for every level above the lowest")
                if any(below < above for below, above in pairwise(limits)):
                    wrong.append(f"groups.{name}.{measure}: a higher level must not allow more than a lower one")
        if self.csat and len(self.csat) != steps:
            wrong.append(f"csat: needs {steps} steps, one for every level above the lowest")
        channels = [channel for group in self.groups.values() for channel in group.channels]
        wrong += [f"groups: {channel} is in two of them" for channel in sorted(set(channels)) if channels.count(channel) > 1]
        if self.otherwise and self.otherwise not in self.groups:
            wrong.append(f"otherwise: there is no group {self.otherwise!r}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class CheckpointModel(_Model):
    """A date on the way, and the share that should be reached by its end."""

    by: date
    """The day."""
    share: Share
    """The share that should be reached by then."""


class GoalModel(_Model):
    """One goal: one measure, a share of contacts within a limit, by the end of a day. Dates are those of the domain's zone."""

    name: str = Field(min_length=1, pattern=r"^[^|%,=\x00-\x1f\x7f]+$")
    """What the goal is called."""
    measure: Literal[
        Measure.FIRST_REPLY,
        Measure.FIRST_REPLY_BUSINESS,
        Measure.FIRST_REPLY_RESPONDER,
        Measure.FIRST_REPLY_RESPONDER_BUSINESS,
        Measure.NEXT_REPLY,
        Measure.NEXT_REPLY_BUSINESS,
        Measure.FIRST_RESOLUTION,
        Measure.FIRST_RESOLUTION_BUSINESS,
        Measure.FULL_RESOLUTION,
        Measure.FULL_RESOLUTION_BUSINESS,
    ]
    """What is measured."""
    within: Millis
    """The limit that a contact has to stay within."""
    share: Share
    """The share of contacts that has to."""
    segment: dict[str, str] = {}
    """Dimension -> value; empty: everything. Its combination of dimensions must be among the domain's segments."""
    tenants: tuple[str, ...] = ()
    """Empty: every tenant has this goal."""
    starts: date
    """The first day."""
    deadline: date
    """The last day, by the end of which the goal is to be reached."""
    over: Millis = Field(default=7 * _DAY_MS, ge=_DAY_MS, validate_default=True)
    """The share is that of the last so many days, today included."""
    checkpoints: tuple[CheckpointModel, ...] = ()
    improve: float = Field(default=0.0, ge=0, le=1)
    """Each month the share has to grow by this part of itself, from `baseline`, until it reaches the goal: 0.05 is 5 %."""
    baseline: Share | None = None
    """Where improvement begins; absent: the share of the days `over` before the start."""
    minimum: int = Field(default=20, ge=1)
    """Fewer contacts than this: cannot tell."""

    @model_validator(mode="after")
    def _dates(self) -> Self:
        if self.deadline <= self.starts:
            msg = "deadline: must be after `starts`"
            raise ValueError(msg)
        days = [self.starts, *(checkpoint.by for checkpoint in self.checkpoints)]
        if any(later <= earlier for earlier, later in pairwise(days)) or days[-1] > self.deadline:
            msg = "checkpoints: must follow each other between `starts` and `deadline`"
            raise ValueError(msg)
        return self


class ExpectedWaitModel(_Model):
    """What a customer who comes now is told. Without segments nothing is."""

    segments: tuple[Dimensions, ...] = ()
    """Which segments tell it; each must be among the domain's segments."""
    replies: int = Field(default=50, ge=1)
    """Learn from this many of the latest first replies, and from who waits."""
    at_least: Millis = 30 * _MINUTE_MS
    """Look back at least this far, however many replies that holds."""
    at_most: Millis = Field(default=7 * _DAY_MS, le=60 * _DAY_MS, validate_default=True)
    """Look back no further than this."""
    minimum: int = Field(default=10, ge=1)
    """Fewer first replies than this: cannot tell."""
