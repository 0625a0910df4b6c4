"""SLA clocks: start, pause, resume, re-target, warn, breach, fulfil, cancel.

A clock's deadline is the earliest time at which its elapsed time reaches the limit; the timer of a breach is the first
millisecond after it, so that a reply at the deadline is met. Rules: docs/semantics.md, "SLA clocks".
"""

from __future__ import annotations

from collections.abc import Container

from pipeline.signals import SlaEventType
from pipeline.tickets.rules import Promise, Rules
from pipeline.tickets.state import FIRST_REPLY, NEXT_REPLY, RESOLUTIONS, SlaClock, State
from pipeline.tickets.tally import BREACHED, MET, Tally

_PPM = 1_000_000


def next_timer(state: State) -> int | None:
    """Return when the earliest timer of the ticket's clocks runs, ms, or `None`."""
    earliest: int | None = None
    for clock in state.clocks:
        at = _timer(clock)
        if at is not None and (earliest is None or at < earliest):
            earliest = at
    return earliest


def _timer(clock: SlaClock) -> int | None:
    if clock.breached or clock.due_at is None:
        return None
    breach_at = clock.due_at + 1
    return breach_at if clock.step_at is None or clock.step_at > breach_at else clock.step_at


def expire(state: State, until_ms: int, tally: Tally) -> None:
    """Run every timer due at or before `until_ms`: at-risk steps and breaches, each at its own time."""
    for clock in state.clocks:
        at = _timer(clock)
        while at is not None and at <= until_ms:
            if clock.step_at == at:
                _warn(clock, at, state, tally)
            else:
                assert clock.due_at is not None  # noqa: S101 - `_timer` has just said so; narrows the type
                _breach(clock, clock.due_at, "deadline", state, tally)
            state.fired_at = max(state.fired_at, at)
            at = _timer(clock)


def _warn(clock: SlaClock, at_ms: int, state: State, tally: Tally) -> None:
    promise = tally.rules.promises[clock.promise]
    elapsed_ms = _elapsed(clock, at_ms, tally.rules)
    while clock.step + 1 < len(promise.steps_ppm) and _threshold(promise, clock.step + 1) <= elapsed_ms:
        clock.step += 1
    share_ppm = promise.steps_ppm[clock.step]
    clock.step += 1
    if clock.at_risk_since is None:
        clock.at_risk_since = at_ms
    clock.step_at = _step_at(clock, promise, tally.rules)
    tally.say(SlaEventType.AT_RISK, state, clock, at_ms, share_ppm=share_ppm)


def _breach(clock: SlaClock, at_ms: int, cause: str, state: State, tally: Tally) -> None:
    clock.breached = True
    clock.due_at = at_ms
    clock.step_at = None
    tally.outcome(state, at_ms, BREACHED[clock.measure])
    tally.say(SlaEventType.BREACHED, state, clock, at_ms, cause=cause)


def start(state: State, measure: int, instance: int, since_ms: int, tally: Tally) -> None:
    """Start a clock at `since_ms`, if the ticket has a promise for the measure."""
    promise_id = tally.rules.match(tally.tenant, state)[measure]
    if promise_id:
        clock = SlaClock(measure, instance, promise_id, since_ms)
        state.clocks.append(clock)
        if not _pauses(state, measure, tally.rules):
            _run(clock, since_ms, tally.rules)


def rematch(state: State, at_ms: int, tally: Tally) -> None:
    """After a change of attributes: re-target what runs, drop what has no promise left, start what has one now."""
    promises = tally.rules.match(tally.tenant, state)
    kept: list[SlaClock] = []
    for clock in state.clocks:
        promise_id = promises[clock.measure]
        if clock.breached or promise_id == clock.promise:
            kept.append(clock)
        elif promise_id:
            _retarget(clock, promise_id, at_ms, state, tally)
            kept.append(clock)
        elif clock.at_risk_since is not None and not state.gone:
            tally.say(SlaEventType.CANCELLED, state, clock, at_ms, cause="no_promise")
    state.clocks = kept
    held = {clock.measure for clock in kept}
    for measure, instance, since_ms in _intervals(state):
        if measure not in held and promises[measure]:
            _join(state, measure, instance, since_ms, at_ms, promises[measure], tally)


def _intervals(state: State) -> list[tuple[int, int, int]]:
    found = []
    if state.waiting_since is not None:
        if state.wait_is_first:
            found.append((FIRST_REPLY, 1, state.waiting_since))
        else:
            found.append((NEXT_REPLY, state.waits, state.waiting_since))
    if state.created_at is not None and not state.resolution_over:
        found += [(measure, 1, state.created_at) for measure in RESOLUTIONS]
    return found


def _join(state: State, measure: int, instance: int, since_ms: int, at_ms: int, promise_id: int, tally: Tally) -> None:
    clock = SlaClock(measure, instance, promise_id, since_ms)
    promise = tally.rules.promises[promise_id]
    clock.elapsed_ms = tally.rules.clock(promise).elapsed(since_ms, at_ms)
    state.clocks.append(clock)
    _settle(clock, promise, at_ms, state, tally)


def _retarget(clock: SlaClock, promise_id: int, at_ms: int, state: State, tally: Tally) -> None:
    clock.elapsed_ms = _elapsed(clock, at_ms, tally.rules)
    clock.running_since = None
    clock.promise = promise_id
    clock.step = 0 if clock.at_risk_since is None else clock.step
    _settle(clock, tally.rules.promises[promise_id], at_ms, state, tally)


def _settle(clock: SlaClock, promise: Promise, at_ms: int, state: State, tally: Tally) -> None:
    clock.due_at = clock.step_at = None
    if clock.elapsed_ms > promise.limit_ms and not state.gone:
        _breach(clock, at_ms, "target_changed", state, tally)
    if not _pauses(state, clock.measure, tally.rules):
        _run(clock, at_ms, tally.rules)


def synchronise(state: State, at_ms: int, rules: Rules) -> None:
    """Pause or resume every clock as status and presence of the ticket now demand."""
    for clock in state.clocks:
        pauses = _pauses(state, clock.measure, rules)
        if pauses and clock.running_since is not None:
            clock.elapsed_ms = _elapsed(clock, at_ms, rules)
            clock.running_since = None
            clock.step_at = None
            if not clock.breached:
                clock.due_at = None
        elif not pauses and clock.running_since is None:
            _run(clock, at_ms, rules)


def fulfil(state: State, measures: Container[int], at_ms: int, cause: str, tally: Tally) -> None:
    """End clocks by what they promised: met, unless breached before."""
    for clock in _take(state, measures):
        if state.gone:
            continue
        if not clock.breached:
            tally.outcome(state, at_ms, MET[clock.measure])
        if clock.at_risk_since is not None or clock.breached:
            tally.say(SlaEventType.FULFILLED, state, clock, at_ms, cause=cause)


def cancel(state: State, measures: Container[int], at_ms: int, cause: str, tally: Tally) -> None:
    """End clocks without an outcome."""
    for clock in _take(state, measures):
        if not state.gone and (clock.at_risk_since is not None or clock.breached):
            tally.say(SlaEventType.CANCELLED, state, clock, at_ms, cause=cause)


def _take(state: State, measures: Container[int]) -> list[SlaClock]:
    taken = [clock for clock in state.clocks if clock.measure in measures]
    if taken:
        state.clocks = [clock for clock in state.clocks if clock.measure not in measures]
    return taken


def _pauses(state: State, measure: int, rules: Rules) -> bool:
    return state.gone or state.status in rules.pauses[measure]


def _elapsed(clock: SlaClock, at_ms: int, rules: Rules) -> int:
    if clock.running_since is None:
        return clock.elapsed_ms
    return clock.elapsed_ms + rules.clock(rules.promises[clock.promise]).elapsed(clock.running_since, at_ms)


def _run(clock: SlaClock, since_ms: int, rules: Rules) -> None:
    clock.running_since = since_ms
    if not clock.breached:
        promise = rules.promises[clock.promise]
        clock.due_at = rules.clock(promise).add(since_ms, max(0, promise.limit_ms - clock.elapsed_ms))
        clock.step_at = _step_at(clock, promise, rules)


def _step_at(clock: SlaClock, promise: Promise, rules: Rules) -> int | None:
    if clock.step >= len(promise.steps_ppm) or clock.running_since is None:
        return None
    left_ms = _threshold(promise, clock.step) - clock.elapsed_ms
    return clock.running_since if left_ms <= 0 else rules.clock(promise).add(clock.running_since, left_ms)


def _threshold(promise: Promise, step: int) -> int:
    return promise.limit_ms * promise.steps_ppm[step] // _PPM
