"""The open work that a ticket stands for now, as pieces that the segments count."""

from __future__ import annotations

from typing import TypeAlias

from pipeline.additions import Leaf, Ledger
from pipeline.measures import WORK_INDEX, Work
from pipeline.tickets.rules import Rules
from pipeline.tickets.state import State

Piece: TypeAlias = tuple[Leaf, int, int]
"""Leaf, index of `Work`, start, ms."""

_OPEN = WORK_INDEX[Work.OPEN]
_FIRST = WORK_INDEX[Work.AWAITING_FIRST_REPLY]
_NEXT = WORK_INDEX[Work.AWAITING_NEXT_REPLY]
_UNASSIGNED = WORK_INDEX[Work.UNASSIGNED]
_AT_RISK = WORK_INDEX[Work.AT_RISK]
_BREACHED = WORK_INDEX[Work.BREACHED]
_UNMATCHED = WORK_INDEX[Work.UNMATCHED]


def pieces_of(state: State, rules: Rules) -> list[Piece]:
    """List the pieces of open work of a ticket."""
    if state.gone or not state.began_at or not state.unsolved:
        return []
    leaf = rules.leaf(state)
    found: list[Piece] = [(leaf, _OPEN, state.origin)]
    if not state.assignee:
        found.append((leaf, _UNASSIGNED, state.origin))
    if state.unmatched:
        found.append((leaf, _UNMATCHED, state.origin))
    if state.waiting_since is not None:
        found.append((leaf, _FIRST if state.wait_is_first else _NEXT, state.waiting_since))
    for clock in state.clocks:
        if clock.breached:
            found.append((leaf, _BREACHED, clock.due_at or 0))
        elif clock.at_risk_since is not None and clock.running_since is not None:
            found.append((leaf, _AT_RISK, clock.at_risk_since))
    return found


def shift(before: list[Piece], after: list[Piece], ledger: Ledger) -> None:
    """Tell the ledger what changed between two lists of pieces."""
    if before != after:
        for leaf, work, start in before:
            ledger.shift(leaf, work, start, -1)
        for leaf, work, start in after:
            ledger.shift(leaf, work, start, 1)
