"""How responders are judged, as configuration."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.duration import Millis
from pipeline.responders.events import Activity, Presence

_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PointRule(_Model):
    """What earns points: a ticket that stays solved, and more where every condition that is given holds too."""

    name: str = Field(min_length=1, max_length=64)
    """What the rule is called."""
    words: str = ""
    """Why, for those who earn them."""
    points: int = Field(ge=1, le=1_000)
    """Earned by each such ticket."""
    first_reply: Millis | None = None
    """The first reply took at most this long."""
    resolution: Millis | None = None
    """It was solved within this time for good."""
    replies: int | None = Field(default=None, ge=1)
    """It took at most so many replies."""
    stars: Literal[3, 4, 5] | None = None
    """The customer gave so many stars or more."""


class BadgeModel(_Model):
    """A badge: so many tickets that met a rule within so many days."""

    name: str = Field(min_length=1, max_length=64)
    """What the badge is called."""
    words: str = ""
    """Why, for those who earn it."""
    rule: str
    """The name of a rule of points."""
    count: int = Field(ge=1)
    """So many tickets have to meet the rule."""
    days: int = Field(default=28, ge=1, le=92)
    """They have to do so within this many days."""
    scope: Literal["responder", "team"] = "responder"
    """Whether each responder earns it or a team together."""


class PointsModel(_Model):
    """Points and badges. Nothing is earned before a ticket has stayed solved for `settle`, nor by a ticket rated low."""

    rules: tuple[PointRule, ...] = ()
    badges: tuple[BadgeModel, ...] = ()
    settle: Millis = Field(default=3 * _DAY_MS, ge=_HOUR_MS)
    """A ticket that is reopened within this time earns nothing; one reopened or rated low later loses what it earned."""
    kept: Millis = 28 * _DAY_MS
    """After this, points stay as they are."""
    low: Literal[2, 3, 4] = 3
    """Fewer stars than this: the ticket earns nothing."""
    leaderboard: bool = False
    """Rank responders against each other. Off, each sees their own points and their team's."""

    @model_validator(mode="after")
    def _rules(self) -> Self:
        names = [rule.name for rule in self.rules]
        wrong = [f"rules: the name {name!r} is used twice" for name in sorted(set(names)) if names.count(name) > 1]
        wrong += [f"badges.{badge.name}: there is no rule {badge.rule!r}" for badge in self.badges if badge.rule not in names]
        if self.kept < self.settle:
            wrong.append("kept: must not be less than `settle`")
        fast = [rule for rule in self.rules if rule.first_reply is not None or rule.resolution is not None]
        if fast and len(fast) == len(self.rules):
            wrong.append("rules: times alone must not earn points; add a rule for tickets that stay solved, or for ratings")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class RespondersModel(_Model):
    """Presence, rota and load of responders."""

    enabled: bool = False
    """Whether responder events are read at all."""
    capacity: int = Field(default=1, ge=0)
    """Contacts at a time of a responder of whom none is known."""
    silent_after: Millis = _HOUR_MS
    """A tenant whose responders said nothing for this long: whether anybody is there cannot be told."""
    stale_after: Millis = 16 * _HOUR_MS
    """A presence older than this is unknown: nobody works that long."""
    keep: Millis = Field(default=9 * _DAY_MS, ge=8 * _DAY_MS)
    """Events may arrive out of order by this much; times are told of the last seven days."""
    expected: dict[Activity, tuple[Presence, ...]] = {
        Activity.WORK: (Presence.AVAILABLE, Presence.BUSY),
        Activity.BREAK: (Presence.AWAY, Presence.OFFLINE),
        Activity.MEETING: (Presence.AWAY, Presence.BUSY),
        Activity.TRAINING: (Presence.AWAY, Presence.BUSY),
        Activity.ABSENCE: (Presence.OFFLINE,),
    }
    """In which state somebody keeps to the rota."""
    heartbeat: Millis = Field(default=_MINUTE_MS, ge=1_000)
    """Everybody's record is said again this often (live)."""
    expiry: Millis = 3 * _MINUTE_MS
    """A record older than this is stale to its readers."""
    points: PointsModel = PointsModel()
