"""Which contact repeats which: the relation rule, and the same in words."""

from __future__ import annotations

from pipeline.customers.contact import Contact
from pipeline.duration import show

_MINUTE_MS = 60_000


def related(first: Contact, later: Contact) -> bool:
    """Return whether two contacts of a customer are about the same: a common topic; where either has none, the same queue."""
    if first.topics and later.topics:
        return not set(first.topics).isdisjoint(later.topics)
    return first.queue == later.queue


def repeats(first: Contact, later: Contact, horizon_ms: int) -> bool:
    """Return whether `later`, which sorts after `first`, repeats it: related, and before `first` was settled for good."""
    return (first.solved_at is None or later.at <= first.solved_at + horizon_ms) and related(first, later)


def in_words(first: Contact, later: Contact, horizon_ms: int) -> str:
    """Say why `later` repeats `first`."""
    common = [topic for topic in first.topics if topic in later.topics]
    about = (
        f"both about {', '.join(common)}" if common else f"both in queue {first.queue}" if first.queue else "neither in a queue"
    )
    if first.solved_at is None:
        return f"same customer, {about}; it was not solved"
    after_ms = later.at - first.solved_at
    if after_ms < 0:
        return f"same customer, {about}; before it was solved"
    return f"same customer, {about}; {show(after_ms // _MINUTE_MS * _MINUTE_MS)} after it was solved, within {show(horizon_ms)}"
