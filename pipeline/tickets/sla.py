"""SLA clocks: start, pause, resume, re-target, warn, breach, fulfil, cancel.

A clock's deadline is the earliest time at which its elapsed time reaches the limit; the timer of a breach is the first
millisecond after it, so that a reply at the deadline is met. Rules: docs/semantics.md, "SLA clocks".
"""

from __future__ import annotations

from collections.abc import Container

from pipeline.signals import SlaEventType
from pipeline.tickets.rules import MATCHED, Promise, Rules
from pipeline.tickets.state import TOTAL_RESOLUTION, Owed, SlaClock, State
from pipeline.tickets.tally import BREACHED, MET, Tally


def next_timer(state: State) -> int | None:
    """Return when the earliest timer of the ticket's clocks runs, ms, or `None`."""
    if state.gone:
        return None
    earliest: int | None = None
    for clock in state.clocks:  # `_timer`, written out: this runs for every event
        due_at, step_at = clock.due_at, clock.step_at
        if due_at is not None and not clock.breached:
            at = due_at + 1 if step_at is None or step_at > due_at else step_at
            if earliest is None or at < earliest:
                earliest = at
    return earliest


def _timer(clock: SlaClock) -> int | None:
    if clock.breached or clock.due_at is None:
        return None
    breach_at = clock.due_at + 1
    return breach_at if clock.step_at is None or clock.step_at > breach_at else clock.step_at


def expire(state: State, until_ms: int, tally: Tally) -> None:
    """Run every timer due at or before `until_ms`: at-risk steps and breaches, each at its own time."""
    if state.gone:
        return
    for clock in state.clocks:
        due_at, step_at = clock.due_at, clock.step_at
        if due_at is None or (due_at >= until_ms and (step_at is None or step_at > until_ms)):
            continue
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
    steps = tally.rules.steps[clock.promise]
    elapsed_ms = _elapsed(clock, at_ms, tally.rules)
    while clock.step + 1 < len(steps) and steps[clock.step + 1][0] <= elapsed_ms:
        clock.step += 1
    share_ppm = steps[clock.step][1]
    clock.step += 1
    if clock.at_risk_since is None:
        clock.at_risk_since = at_ms
    clock.step_at = _step_at(clock, promise, tally.rules)
    tally.say(SlaEventType.AT_RISK, state, clock, at_ms, share_ppm=share_ppm)


def _breach(clock: SlaClock, at_ms: int, cause: str, state: State, tally: Tally) -> None:
    if clock.measure == TOTAL_RESOLUTION:
        _take_back_met(state, tally)
    author, state.author = state.author, ""  # time has broken the promise, whoever acts when that is found
    clock.breached = True
    clock.due_at = at_ms
    clock.step_at = None
    tally.outcome(state, at_ms, BREACHED[clock.measure])
    if tally.rules.domain.retract_on_relax:
        clock.breach_leaf = tally.rules.leaf(state)
    state.author = author
    tally.say(SlaEventType.BREACHED, state, clock, at_ms, cause=cause)


def start(state: State, measure: int, instance: int, since_ms: int, at_ms: int, tally: Tally) -> None:
    """Start a clock that began at `since_ms`, as an event of `at_ms` shows. It runs, with or without a promise."""
    rules = tally.rules
    if not rules.promised[measure]:
        return
    clock = SlaClock(measure, instance, rules.match(tally.tenant, state, since_ms)[measure], since_ms)
    state.clocks.append(clock)
    _run(clock, at_ms if state.gone else since_ms, rules)
    if since_ms < at_ms:
        expire(state, at_ms, tally)


def rematch(state: State, at_ms: int, tally: Tally) -> None:
    """Give every clock not yet breached the promise that the ticket's attributes now ask for, by the policies of its start.

    On a solved ticket those that outlive the solve keep what they have, until it is reopened.
    """
    rules = tally.rules
    origin = state.began_at if state.created_at is None else state.created_at
    promises = rules.match(tally.tenant, state, origin)
    state.unmatched = not promises[MATCHED]
    if not state.unsolved:
        return
    for clock in state.clocks:
        if rules.versioned:  # other versions may have been in force, or its channel closed, when this one began
            promises = rules.match(tally.tenant, state, clock.started_at)
        if promises[clock.measure] != clock.promise:
            if not clock.breached:
                _retarget(clock, promises[clock.measure], at_ms, state, tally)
            elif rules.domain.retract_on_relax and not state.gone:
                _relax(clock, promises[clock.measure], at_ms, state, tally)


def _relax(clock: SlaClock, promise_id: int, at_ms: int, state: State, tally: Tally) -> None:
    """Take a breach back where the promise that now holds is not broken."""
    promise = tally.rules.promises.get(promise_id)
    if promise is None or _elapsed(clock, at_ms, tally.rules) >= promise.limit_ms or clock.due_at is None:
        return
    runs = clock.running_since is not None
    tally.take_back(clock.breach_leaf, clock.due_at, BREACHED[clock.measure])
    tally.say(SlaEventType.BREACH_RETRACTED, state, clock, clock.due_at, cause="target_relaxed")
    _stop(clock, at_ms, tally.rules)
    clock.promise, clock.breached, clock.breach_leaf = promise_id, False, ()
    clock.step, clock.at_risk_since, clock.due_at = 0, None, None
    if runs:
        _run(clock, at_ms, tally.rules)
    else:
        _catch_up(clock, at_ms, state, tally)


def _retarget(clock: SlaClock, promise_id: int, at_ms: int, state: State, tally: Tally) -> None:
    rules = tally.rules
    before_id, before, after = clock.promise, rules.promises.get(clock.promise), rules.promises.get(promise_id)
    runs = clock.running_since is not None
    _stop(clock, at_ms, rules)
    if after is None and clock.at_risk_since is not None and not state.gone:
        tally.say(SlaEventType.CANCELLED, state, clock, at_ms, cause="no_promise")
    clock.promise = promise_id
    if after is None:
        clock.step, clock.at_risk_since, clock.due_at = 0, None, None
    else:
        clock.elapsed_ms += sum(rules.clock(after).elapsed(since, until) for since, until in clock.unmeasured)
        clock.unmeasured = []
        same_time = before is not None and (before.limit_ms, before.calendar) == (after.limit_ms, after.calendar)
        if not same_time or rules.steps[before_id] != rules.steps[promise_id]:
            clock.step, clock.at_risk_since, clock.due_at = 0, None, None
            if not state.gone and (not runs or clock.elapsed_ms > after.limit_ms):
                _catch_up(clock, at_ms, state, tally)
    if runs:
        _run(clock, at_ms, rules)


def _catch_up(clock: SlaClock, at_ms: int, state: State, tally: Tally) -> None:
    """Let stand now what a clock that does not run has passed without saying so: its limit, its first step."""
    promise = tally.rules.promises.get(clock.promise)
    if promise is None or clock.breached:
        return
    if clock.elapsed_ms > promise.limit_ms:
        _breach(clock, at_ms, "target_changed", state, tally)
        return
    if clock.elapsed_ms == promise.limit_ms and clock.due_at is None:
        clock.due_at = at_ms
    steps = tally.rules.steps[clock.promise]
    if clock.step == 0 and steps and steps[0][0] <= clock.elapsed_ms:
        _warn(clock, at_ms, state, tally)


def synchronise(state: State, at_ms: int, rules: Rules) -> None:
    """Pause or resume every clock as status and presence of the ticket now demand."""
    pauses = rules.pauses_all if state.gone else rules.pauses[state.status]
    own_pauses = None if state.gone else rules.paused_by
    for clock in state.clocks:
        paused = pauses[clock.measure]
        if own_pauses and clock.promise in own_pauses:
            paused = own_pauses[clock.promise][state.status]
        if paused is not (clock.running_since is None):
            if clock.running_since is None:
                _run(clock, at_ms, rules)
            else:
                _stop(clock, at_ms, rules)


def restore(state: State, at_ms: int, tally: Tally) -> None:
    """Bring a ticket back: what a change has made overdue while it was gone is breached now, or when it is reopened."""
    state.gone = False
    if state.unsolved:
        wake(state, at_ms, tally)


def wake(state: State, at_ms: int, tally: Tally) -> None:
    """Let stand now what was passed while nothing could be said: the ticket was gone or solved."""
    for clock in state.clocks:
        if clock.running_since is None:
            _catch_up(clock, at_ms, state, tally)


def fulfil(state: State, measures: Container[int], at_ms: int, cause: str, tally: Tally) -> None:
    """End clocks by what they promised: met, unless breached before."""
    for clock in _take(state, measures):
        if state.gone:
            continue
        if clock.promise and not clock.breached:
            tally.outcome(state, at_ms, MET[clock.measure])
        if clock.at_risk_since is not None or clock.breached:
            tally.say(SlaEventType.FULFILLED, state, clock, at_ms, cause=cause)


def cancel(state: State, measures: Container[int], at_ms: int, cause: str, tally: Tally) -> None:
    """End clocks without an outcome."""
    for clock in _take(state, measures):
        if not state.gone and (clock.at_risk_since is not None or clock.breached):
            tally.say(SlaEventType.CANCELLED, state, clock, at_ms, cause=cause)


def rest(state: State, at_ms: int, tally: Tally) -> None:
    """Let the total resolution rest on a solve: met so far, unless breached before. Reopening the ticket resumes it."""
    for clock in state.clocks:
        if clock.measure != TOTAL_RESOLUTION:
            continue
        if not state.gone:
            if clock.promise and not clock.breached:
                _take_back_met(state, tally)
                tally.outcome(state, at_ms, MET[TOTAL_RESOLUTION])
                state.owed = owed = state.owed or Owed()
                owed.met_at, owed.met_leaf = at_ms, tally.rules.leaf(state)
            if clock.at_risk_since is not None or clock.breached:
                tally.say(SlaEventType.FULFILLED, state, clock, at_ms, cause="solve")
        _stop(clock, at_ms, tally.rules)
        if not clock.breached:
            clock.due_at = None


def _take_back_met(state: State, tally: Tally) -> None:
    owed = state.owed
    if owed is not None and owed.met_at is not None:
        tally.take_back(owed.met_leaf, owed.met_at, MET[TOTAL_RESOLUTION])
        owed.met_at, owed.met_leaf = None, ()


def runs(state: State, measure: int) -> bool:
    """Return whether a clock of this measure is on the ticket, breached and paused ones included."""
    return any(clock.measure == measure for clock in state.clocks)


def _take(state: State, measures: Container[int]) -> list[SlaClock]:
    taken = [clock for clock in state.clocks if clock.measure in measures]
    if taken:
        state.clocks = [clock for clock in state.clocks if clock.measure not in measures]
    return taken


def _elapsed(clock: SlaClock, at_ms: int, rules: Rules) -> int:
    if clock.running_since is None:
        return clock.elapsed_ms
    return clock.elapsed_ms + rules.clock(rules.promises[clock.promise]).elapsed(clock.running_since, at_ms)


def _stop(clock: SlaClock, at_ms: int, rules: Rules) -> None:
    if clock.running_since is not None:
        if clock.promise:
            clock.elapsed_ms = _elapsed(clock, at_ms, rules)
        elif clock.running_since < at_ms:
            clock.unmeasured.append((clock.running_since, at_ms))
        clock.running_since = None
    clock.step_at = None
    if not clock.breached and clock.due_at != at_ms:  # stopped at its very deadline, it has reached it
        clock.due_at = None


def _run(clock: SlaClock, since_ms: int, rules: Rules) -> None:
    since_ms = max(since_ms, clock.started_at)  # a creation may be dated after the event that tells of it
    clock.running_since = since_ms
    if clock.promise and not clock.breached:
        promise = rules.promises[clock.promise]
        if clock.due_at is None:
            clock.due_at = rules.clock(promise).add(since_ms, promise.limit_ms - clock.elapsed_ms)
        clock.step_at = _step_at(clock, promise, rules)


def _step_at(clock: SlaClock, promise: Promise, rules: Rules) -> int | None:
    steps = rules.steps[clock.promise]
    if clock.step >= len(steps) or clock.running_since is None:
        return None
    left_ms = steps[clock.step][0] - clock.elapsed_ms
    return clock.running_since if left_ms <= 0 else rules.clock(promise).add(clock.running_since, left_ms)
