"""What the labels say of each alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.backtest.form import FalseAlarm, Firing, Incident, Labels, Verdict

_TENANT = "tenant"
_NEAR_MS = 10 * 60_000
"""A replay finds the onset of an alert to the tick, the live run to the second."""


def fits(where: Mapping[str, str], tenant: str, segment: Mapping[str, str]) -> bool:
    """Return whether a place and a segment name no dimension differently."""
    there = {_TENANT: tenant, **segment}
    return all(there.get(name, value) == value for name, value in where.items())


def overlaps(firing: Firing, since: int, until: int) -> bool:
    """Return whether an alert was on at some time of `[since, until)`."""
    return firing.raised_at < until and (firing.resolved_at is None or firing.resolved_at > since)


def same_alert(name: str, firing: Firing) -> bool:
    """Return whether an id, of a live run perhaps, names this alert."""
    mine, _, onset = firing.id.rpartition(":")
    theirs, _, their_onset = name.rpartition(":")
    return mine == theirs and their_onset.isdecimal() and abs(int(their_onset) - int(onset)) <= _NEAR_MS


class Labelling:
    """The labels, ready to be asked of every alert of both sides."""

    def __init__(self, labels: Labels, firings: Iterable[Firing], until: int) -> None:
        """Find the alerts that labels name by their id; `until` is the end of the period, ms."""
        known = list(firings)
        self._incidents = labels.incidents
        self._complete = labels.complete and bool(labels.incidents)
        self._named: set[str] = set()
        self._quiet = [one for one in labels.false_alarms if not one.alert]
        self.strangers: list[str] = []
        """Ids that no alert has."""
        for one in labels.false_alarms:
            if one.alert:
                self._name(one.alert, known, until)

    def _name(self, alert: str, known: Sequence[Firing], until: int) -> None:
        found = [firing for firing in known if same_alert(alert, firing)]
        if not found:
            self.strangers.append(alert)
        for firing in found:
            self._named.add(firing.id)
            end = until if firing.resolved_at is None else firing.resolved_at
            place = {_TENANT: firing.tenant, **firing.segment}
            self._quiet.append(FalseAlarm(where=place, since=firing.raised_at, until=end))

    def verdict(self, firing: Firing) -> Verdict:
        """Return what the labels say: its own label, else incidents, else times in which nothing was wrong."""
        if firing.id in self._named:
            return Verdict.FALSE_ALARM
        if any(_in(one, firing) for one in self._incidents):
            return Verdict.INCIDENT
        if self._complete or any(_in(one, firing) for one in self._quiet):
            return Verdict.FALSE_ALARM
        return Verdict.UNLABELLED


def _in(label: Incident | FalseAlarm, firing: Firing) -> bool:
    return fits(label.where, firing.tenant, firing.segment) and overlaps(firing, label.since, label.until)
