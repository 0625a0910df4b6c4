"""What is wrong with a rule book: every contradiction at once, each with its path."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pipeline.events import Priority, Status
from pipeline.policy import Condition, PolicyModel, SlaMeasure, Target, TeamGoal, VipModel

_NEVER_OPEN = (Status.SOLVED, Status.CLOSED)


def mistakes(path: str, policies: tuple[PolicyModel, ...], vip: VipModel, *, of_teams: bool = False) -> Iterator[str]:
    """Yield `path: what is wrong` for every contradiction in a list of policies (`of_teams`: of promises between teams)."""
    for index, policy in enumerate(policies):
        place = f"{path}[{index}]"
        yield from _of_condition(f"{place}.when", policy.when, vip)
        given: dict[SlaMeasure, set[Priority]] = {}
        for number, target in enumerate(policy.targets):
            yield from _of_target(f"{place}.targets[{number}]", target, given.setdefault(target.measure, set()))
            yield from _of_team(f"{place}.targets[{number}]", target, of_teams=of_teams)
    yield from _of_versions(path, policies)


def _of_condition(place: str, when: Condition, vip: VipModel) -> Iterator[str]:
    if when.vip is not None and vip == VipModel():
        yield f"{place}.vip: nobody is a VIP customer yet, name tiers or tags in domain.vip"
    if both := set(when.tags) & set(when.excluded_tags):
        yield f"{place}.excluded_tags: {min(both)!r} is asked for in tags, too"


def _of_target(place: str, target: Target, given: set[Priority]) -> Iterator[str]:
    if not target.within:
        yield f"{place}.within: a target without a limit promises nothing, write for example {{ normal = '4h' }}"
    elif given.issuperset(target.within):
        yield f"{place}.within: an earlier target of {target.measure} has a limit for each of these priorities"
    given.update(target.within)
    if any(later <= earlier for earlier, later in pairwise(target.at_risk)):
        yield f"{place}.at_risk: the steps do not ascend"
    if any(later >= earlier for earlier, later in pairwise(target.at_risk_before)):
        yield f"{place}.at_risk_before: the steps do not come closer to the limit"
    if target.within and any(before >= max(target.within.values()) for before in target.at_risk_before):
        yield f"{place}.at_risk_before: longer than every limit, so it would warn of nothing"
    if target.pauses is None:
        return
    if target.measure is SlaMeasure.FIRST_REPLY and target.pauses:
        yield f"{place}.pauses: a first reply never pauses while the customer waits for it"
    if over := [status for status in target.pauses if status in _NEVER_OPEN]:
        yield f"{place}.pauses: {over[0].value!r} is no status of open work"


def _of_team(place: str, target: Target, *, of_teams: bool) -> Iterator[str]:
    is_teams = target.measure is SlaMeasure.TEAM_TIME
    if is_teams and not of_teams:
        yield f"{place}.measure: team_time belongs in domain.team_policies, or it would take the place of the customer's promises"
    if of_teams and not is_teams:
        yield f"{place}.measure: a team promises team_time; {target.measure} belongs in domain.policies"
    if not is_teams and target.until is not TeamGoal.HANDED_ON:
        yield f"{place}.until: only team_time asks what it runs until"


def _of_versions(path: str, policies: tuple[PolicyModel, ...]) -> Iterator[str]:
    seen: dict[str, list[tuple[int, PolicyModel]]] = {}
    for index, policy in enumerate(policies):
        place = f"{path}[{index}]"
        since, until = policy.effective_from, policy.effective_until
        if since is not None and until is not None and until <= since:
            yield f"{place}.effective_until: not after effective_from, so it is never in force"
        for other_index, other in seen.get(policy.name, ()):
            yield from _of_pair(path, (other_index, other), (index, policy))
        seen.setdefault(policy.name, []).append((index, policy))


def _of_pair(path: str, one: tuple[int, PolicyModel], two: tuple[int, PolicyModel]) -> Iterator[str]:
    (first, earlier), (second, later) = one, two
    if earlier.version == later.version:
        yield f"{path}[{second}].version: version {later.version} of {later.name!r} is there already, as {path}[{first}]"
        return
    if earlier.effective_from == later.effective_from:
        yield f"{path}[{second}].effective_from: overlaps {path}[{first}], both versions of {later.name!r} begin at the same time"
        return
    if _begins_before(later, earlier):
        (first, earlier), (second, later) = (second, later), (first, earlier)
    if earlier.version > later.version:
        yield f"{path}[{second}].version: {later.name!r} goes back from version {earlier.version} to {later.version}"
    if (
        earlier.effective_until is not None
        and later.effective_from is not None
        and earlier.effective_until > later.effective_from
    ):
        yield f"{path}[{first}].effective_until: overlaps {path}[{second}], the next version of {later.name!r}"


def _begins_before(one: PolicyModel, other: PolicyModel) -> bool:
    if one.effective_from is None or other.effective_from is None:
        return one.effective_from is None
    return one.effective_from < other.effective_from
