"""Compare what was said with what is true; every difference is lost, double, or wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.verification.oracle.numbers import COUNTERS, DURATIONS
from pipeline.additions import Leaf
from pipeline.config import Domain, SlaMeasure
from pipeline.measures import BLOCK, EDGES, SUM, Measure, Work, base
from pipeline.signals import ServiceLevel
from tests.support.chaos.feeder import Ledger
from tests.support.chaos.outputs import Outputs
from tests.support.chaos.truth import Truth

LONGEST = "30d"
_TOLD = 12


@dataclass
class Verdict:
    """How far what was said is from the truth."""

    lost: int = 0
    double: int = 0
    wrong: list[str] = field(default_factory=list)

    def differ(self, what: str, wanted: Mapping[Any, int], found: Mapping[Any, int]) -> None:
        """Note every key whose count differs."""
        for key in sorted(wanted.keys() | found.keys(), key=repr):
            missing = wanted.get(key, 0) - found.get(key, 0)
            self.lost += max(0, missing)
            self.double += max(0, -missing)
            if missing:
                self.wrong.append(f"{what} {key}: {found.get(key, 0)} instead of {wanted.get(key, 0)}")

    def equal(self, what: str, wanted: Mapping[Any, int], found: Mapping[Any, int]) -> None:
        """Note every key whose amount differs, where amounts are no counts."""
        for key in sorted(wanted.keys() | found.keys(), key=repr):
            self.require(f"{what} {key}", wanted.get(key, 0), found.get(key, 0))

    def require(self, what: str, wanted: object, found: object) -> None:
        """Note a difference that is no count."""
        if wanted != found:
            self.wrong.append(f"{what}: {found} instead of {wanted}")

    def __str__(self) -> str:
        told = "\n".join(f"  {line}" for line in self.wrong[:_TOLD])
        return f"lost {self.lost}, double {self.double}, {len(self.wrong)} differences\n{told}"


def check(outputs: Outputs, truth: Truth, ledger: Ledger, domain: Domain) -> Verdict:
    """Judge everything that a pipeline has said about what was sent."""
    verdict = Verdict()
    sums = outputs.sums
    verdict.differ("panes", _flat(_occurrences(truth.codes)), _flat(_occurrences(sums.plain_codes())))
    verdict.equal("sum of durations", _flat(_sums(truth.codes)), _flat(_sums(sums.plain_codes())))
    verdict.differ("open work", _flat(truth.work), _flat(sums.plain_work()))
    verdict.differ("standing breach", dict.fromkeys(truth.breaches, 1), sums.standing())
    verdict.differ("dead letter", dict.fromkeys(ledger.malformed, 1), outputs.dead)
    for source, sequence in sums.sequences.items():
        verdict.differ(f"sequence of partition {source}", dict.fromkeys(range(1, len(sequence) + 1), 1), Counter(sequence))
        verdict.require(f"order of the sequence of partition {source}", sorted(sequence), sequence)
    verdict.require("tickets in `clocks`", truth.tickets, outputs.clocks.keys())
    wanted = {("tickets", partition): end for partition, end in ledger.ends.items()}
    wanted |= {("segments", partition): end for partition, end in outputs.panes_ends.items()}
    verdict.require("positions in the changelogs", wanted, outputs.positions)
    _check_levels(verdict, outputs.levels.values(), truth, domain)
    return verdict


def _check_levels(verdict: Verdict, levels: Iterable[ServiceLevel], truth: Truth, domain: Domain) -> None:
    amounts, works = by_leaf(truth)
    unsaid = set(amounts) | {(tenant, leaf) for tenant, leaf, _ in works}
    for level in levels:
        inside = _inside(domain, level)
        codes: Counter[int] = Counter()
        for place, cell in amounts.items():
            if inside(*place):
                codes.update(cell)
        work: Counter[str] = Counter()
        for (tenant, leaf, kind), count in works.items():
            if inside(tenant, leaf):
                work[kind.value] += count
        if not level.segment:
            unsaid -= {place for place in unsaid if place[0] == level.tenant}
        name = f"service level {level.tenant} {level.segment}"
        verdict.differ(f"{name} work", work, {kind: now.count for kind, now in level.work.items()})
        verdict.differ(f"{name} {LONGEST}", levelled(codes), _said(level))
    verdict.require("tenants without a service level", set(), unsaid)


def by_leaf(truth: Truth) -> tuple[dict[tuple[str, Leaf], Counter[int]], Counter[tuple[str, Leaf, Work]]]:
    """Return the amounts of every leaf over all minutes, and its open work."""
    amounts: dict[tuple[str, Leaf], Counter[int]] = {}
    for (tenant, leaf, _), cell in truth.codes.items():
        amounts.setdefault((tenant, leaf), Counter()).update(cell)
    return amounts, Counter({kind: starts.total() for kind, starts in truth.work.items()})


def levelled(codes: Mapping[int, int]) -> dict[str, int]:
    """Return counters, counts of durations and outcomes by name."""
    found = {measure.value: codes.get(base(measure), 0) for measure in COUNTERS}
    for measure in DURATIONS:
        found[measure.value] = durations(codes, measure)
    for promise in SlaMeasure:
        for outcome in ("met", "breached"):
            found[f"{promise} {outcome}"] = codes.get(base(Measure(f"sla_{promise}_{outcome}")), 0)
    return found


def durations(codes: Mapping[int, int], measure: Measure) -> int:
    """Return how many durations of a measure there are."""
    return sum(count for code, count in codes.items() if code // BLOCK == base(measure) // BLOCK and code % BLOCK >= EDGES)


def _said(level: ServiceLevel) -> dict[str, int]:
    window = level.windows[LONGEST]
    found = {name: counter.now for name, counter in window.counters.items()}
    found |= {measure.value: window.durations[measure].now.count for measure in DURATIONS if measure in window.durations}
    for name, promise in window.promises.items():
        found |= {f"{name} met": promise.met, f"{name} breached": promise.breached}
    return found


def _inside(domain: Domain, level: ServiceLevel) -> Callable[[str, Leaf], bool]:
    wanted = [(domain.dimensions.index(name), value) for name, value in level.segment.items()]
    return lambda tenant, leaf: tenant == level.tenant and all(leaf[index] == value for index, value in wanted)


def _is_sum(code: int) -> bool:
    return code % BLOCK == SUM and code // BLOCK in {base(measure) // BLOCK for measure in DURATIONS}


def _occurrences(codes: Mapping[Any, Mapping[int, int]]) -> dict[Any, dict[int, int]]:
    return {place: {code: n for code, n in cell.items() if not _is_sum(code)} for place, cell in codes.items()}


def _sums(codes: Mapping[Any, Mapping[int, int]]) -> dict[Any, dict[int, int]]:
    return {place: {code: n for code, n in cell.items() if _is_sum(code)} for place, cell in codes.items()}


def _flat(nested: Mapping[Any, Mapping[int, int]]) -> dict[Any, int]:
    return {(*place, inner): count for place, cell in nested.items() for inner, count in cell.items() if count}
