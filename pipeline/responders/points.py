"""What responders and teams have earned: points and badges, per day, taken back as exactly as they were given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from pipeline.responders.model import BadgeModel, PointsModel
from pipeline.responders.signals import Earned, TeamEarned

DAY_MS = 86_400_000
SHOWN_DAYS = 28
_KEPT_DAYS = 92

Owner: TypeAlias = tuple[str, str, str]
"""Tenant, `responder` or `team`, and its name."""
Days: TypeAlias = dict[int, dict[str, int]]
"""Day since the epoch (UTC) -> rule -> tickets that met it."""


class Earnings:
    """The books of a partition."""

    __slots__ = ("_model", "_points", "changed", "days")

    def __init__(self, model: PointsModel) -> None:
        """Start with empty books."""
        self._model = model
        self._points = {rule.name: rule.points for rule in model.rules}
        self.days: dict[Owner, Days] = {}
        self.changed: set[Owner] = set()

    def book(self, owner: Owner, at_ms: int, rule: str, amount: int) -> None:
        """Give (or take back, with a negative amount) what one ticket earned by a rule, on the day of its solve."""
        day = at_ms // DAY_MS
        days = self.days.setdefault(owner, {})
        rules = days.setdefault(day, {})
        left = rules.get(rule, 0) + amount
        if left:
            rules[rule] = left
        else:
            rules.pop(rule, None)
            if not rules:
                del days[day]
        for old in [one for one in days if one <= day - _KEPT_DAYS]:
            del days[old]
        self.changed.add(owner)

    def of_responder(self, tenant: str, responder_id: str, at_ms: int, rank: int | None) -> Earned:
        """Return what a responder has earned."""
        by_rule = self._by_rule((tenant, "responder", responder_id), at_ms, SHOWN_DAYS)
        badges = tuple(self._badges((tenant, "responder", responder_id), at_ms))
        return Earned(points=self._sum(by_rule), by_rule=by_rule, badges=badges, rank=rank)

    def of_team(self, tenant: str, team: str, at_ms: int) -> TeamEarned:
        """Return what a team has earned."""
        by_rule = self._by_rule((tenant, "team", team), at_ms, SHOWN_DAYS)
        return TeamEarned(points=self._sum(by_rule), by_rule=by_rule, badges=tuple(self._badges((tenant, "team", team), at_ms)))

    def ranks(self, tenant: str, at_ms: int) -> dict[str, int]:
        """Return the rank of every responder of a tenant; equal points share one. Empty without a leaderboard."""
        if not self._model.leaderboard:
            return {}
        mine = [owner for owner in self.days if owner[0] == tenant and owner[1] == "responder"]
        points = {name: self._sum(self._by_rule((tenant, scope, name), at_ms, SHOWN_DAYS)) for _, scope, name in mine}
        return {name: 1 + sum(other > own for other in points.values()) for name, own in points.items()}

    def _badges(self, owner: Owner, at_ms: int) -> Iterator[str]:
        for badge in self._model.badges:
            if badge.scope == owner[1] and self._met(badge, owner, at_ms):
                yield badge.name

    def _met(self, badge: BadgeModel, owner: Owner, at_ms: int) -> bool:
        return self._by_rule(owner, at_ms, badge.days).get(badge.rule, 0) >= badge.count

    def _by_rule(self, owner: Owner, at_ms: int, days: int) -> dict[str, int]:
        since = at_ms // DAY_MS - days
        total: Counter[str] = Counter()
        for day, rules in self.days.get(owner, {}).items():
            if day > since:
                total.update(rules)
        return {rule: total[rule] for rule in self._points if total[rule]}

    def _sum(self, by_rule: dict[str, int]) -> int:
        return sum(self._points[rule] * count for rule, count in by_rule.items())
