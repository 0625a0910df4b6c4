"""A configuration without what no alert and no promise needs: most of the time of a run goes into those numbers."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.config import Domain
from pipeline.judgement.ladder import Ladder
from pipeline.standards import ExpectedWaitModel, LadderModel


def narrowed(domain: Domain) -> Domain:
    """Return a configuration that raises the same alerts and keeps the same promises, and counts little else."""
    return domain.model_copy(
        update={
            "segments": tuple(dict.fromkeys(_judged(domain))),
            "windows": _windows(domain),
            "age_bands": (),
            "goals": () if domain.goal_alerts is None else domain.goals,
            "ladder": LadderModel() if domain.level_alerts is None else domain.ladder,
            "expected_wait": ExpectedWaitModel(),
            "customers": None,
            "understaffed": None,  # the log of tickets does not say who is there
        }
    )


def _windows(domain: Domain) -> dict[str, int]:
    """Return the window of the service levels, where a rule reads them."""
    name = "" if domain.level_alerts is None else Ladder(domain).window
    return {name: domain.windows[name]} if name else {}


def _judged(domain: Domain) -> Iterator[tuple[str, ...]]:
    """Yield the segments that some rule judges, in the order of the configuration."""
    for name in type(domain).model_fields:
        if name == "expected_wait":
            continue
        value = getattr(domain, name)
        for rule in value if isinstance(value, tuple) else (value,):
            for shape in getattr(rule, "segments", ()):
                if shape in domain.segments:
                    yield shape
    if domain.goal_alerts is not None:
        shapes = {frozenset(goal.segment) for goal in domain.goals}
        yield from (shape for shape in domain.segments if frozenset(shape) in shapes)
