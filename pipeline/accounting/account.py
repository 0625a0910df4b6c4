"""The account of one ticket: its life told step by step, with every clock segment and everything that it added to the numbers.

The account folds the ticket's whole log from the beginning with the fold that the pipeline uses (`pipeline.tickets.fold`),
one entry or one timer at a time. What it says is what the numbers hold once every event has arrived; what was guessed on
the way there, and corrected, is in `sla-events`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.accounting.clocks import ClockBook, ClockStory
from pipeline.accounting.contribution import Contribution, contributions
from pipeline.additions import Leaf
from pipeline.events import EventType
from pipeline.tickets.entry import ACTORS, CONTACT, EVENT_TYPES, MESSAGE_ADDED, REPLY, Entry
from pipeline.tickets.fold import advance, failures, foresee
from pipeline.tickets.rules import Rules
from pipeline.tickets.sla import expire, next_timer
from pipeline.tickets.state import State
from pipeline.tickets.tally import SlaFact, Tally

_WORDS = {CONTACT: "customer writes", REPLY: "responder replies"}


class Step(NamedTuple):
    """One event, or one deadline or warning that passed without one."""

    at: int
    """Event time, ms."""
    what: str
    event: EventType | None
    """`None`: time alone."""
    contributions: tuple[Contribution, ...]
    facts: tuple[SlaFact, ...]


class Account(NamedTuple):
    """What became of one ticket."""

    tenant: str
    ticket_id: str
    steps: tuple[Step, ...]
    clocks: tuple[ClockStory, ...]
    state: State
    """How it stands at the end."""
    leaf: Leaf

    @property
    def contributions(self) -> list[tuple[Step, Contribution]]:
        """Return everything that the ticket added, with the step that added it."""
        return [(step, found) for step in self.steps for found in step.contributions]


def account(entries: Sequence[Entry], rules: Rules, tenant: str, ticket_id: str, until_ms: int) -> Account:
    """Tell the life of a ticket from its entries, in their order, with what falls due by `until_ms`.

    A ticket that was forgotten (solved and quiet for the reopen horizon) and comes back begins anew, as it does in the pipeline.
    """
    steps: list[Step] = []
    stories: list[ClockStory] = []
    state = State()
    lives = _lives(entries, rules, tenant)
    ends = [*(following[0].at for following in lives[1:]), until_ms]
    for life, end in zip(lives, ends, strict=True) if lives else ():
        state, book = State(), ClockBook(rules)
        foresee(state, life)
        failed = failures(life)
        for entry in life:
            _pass(state, entry.at, rules, tenant, steps, book)
            tally = Tally(rules, tenant)
            advance(state, entry, tally, failed=entry.message_hash in failed)
            steps.append(_step(entry.at, _what(entry), EVENT_TYPES[entry.type], tally))
            book.look(state, steps[-1].at, tally.facts, steps[-1].contributions)
        _pass(state, end, rules, tenant, steps, book)
        stories += book.stories()
    return Account(tenant, ticket_id, tuple(steps), tuple(stories), state, rules.leaf(state))


def _pass(state: State, until_ms: int, rules: Rules, tenant: str, steps: list[Step], book: ClockBook) -> None:
    """Let deadlines and warnings up to a time pass, one after the other."""
    while (due := next_timer(state)) is not None and due <= until_ms:
        tally = Tally(rules, tenant)
        expire(state, due, tally)
        at = min((fact.at for fact in tally.facts), default=due)
        steps.append(_step(at, _passed(tally.facts), None, tally))
        book.look(state, at, tally.facts, steps[-1].contributions)


def _step(at: int, what: str, event: EventType | None, tally: Tally) -> Step:
    return Step(at, what, event, tuple(contributions(tally.ledger)), tuple(tally.facts))


def _what(entry: Entry) -> str:
    if entry.type == MESSAGE_ADDED:
        return _WORDS.get(entry.message, f"message by {ACTORS[entry.actor].value}, which answers nobody")
    return EVENT_TYPES[entry.type].value.rpartition(".")[2].replace("_", " ")


def _passed(facts: Sequence[SlaFact]) -> str:
    return ", ".join(sorted({fact.type.value.rpartition(".")[2].replace("_", " ") for fact in facts})) or "time passes"


def _lives(entries: Sequence[Entry], rules: Rules, tenant: str) -> list[list[Entry]]:
    """Cut a log where the ticket was solved and quiet for so long that it was forgotten."""
    horizon = rules.domain.reopen_horizon
    lives: list[list[Entry]] = []
    for entry in entries:
        if lives and entry.at >= lives[-1][-1].at + horizon and _is_quiet(lives[-1], rules, tenant):
            lives.append([])
        if not lives:
            lives.append([])
        lives[-1].append(entry)
    return lives


def _is_quiet(life: Sequence[Entry], rules: Rules, tenant: str) -> bool:
    state, silent = State(), Tally(rules, tenant)
    foresee(state, life)
    failed = failures(life)
    for entry in life:
        advance(state, entry, silent, failed=entry.message_hash in failed)
    return (state.gone or not state.unsolved) and next_timer(state) is None
