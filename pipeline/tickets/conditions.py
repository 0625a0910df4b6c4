"""Whether the condition of a policy holds for a ticket, and which attributes of tickets any condition asks about."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from pipeline.config import Condition, Domain, VipModel
from pipeline.events import Channel, Priority
from pipeline.tickets.state import State

_FIELDS = {
    "brand": "brands",
    "region": "regions",
    "customer_tier": "customer_tiers",
}
"""Attribute of a ticket -> list of a condition. Calendar and limit depend on queue, team and priority: always asked about."""


class Ticket(NamedTuple):
    """What conditions ask about."""

    tenant: str
    state: State
    channel: Channel | None
    """Its own, or the one that stands in for it."""
    priority: Priority
    """Its own, or the default one."""


def holds(when: Condition, vip: VipModel, ticket: Ticket) -> bool:
    """Return whether a condition holds for a ticket."""
    state = ticket.state
    return (
        (not when.tenants or ticket.tenant in when.tenants)
        and (not when.queues or state.queue in when.queues)
        and (not when.channels or ticket.channel in when.channels)
        and (not when.priorities or ticket.priority in when.priorities)
        and (not when.teams or state.team in when.teams)
        and (not when.brands or state.brand in when.brands)
        and (not when.regions or state.region in when.regions)
        and (not when.customer_tiers or state.customer_tier in when.customer_tiers)
        and (not when.tags or not set(when.tags).isdisjoint(state.tags))
        and set(when.excluded_tags).isdisjoint(state.tags)
        and (when.vip is None or when.vip is _is_vip(vip, state))
    )


def _is_vip(vip: VipModel, state: State) -> bool:
    return state.customer_tier in vip.customer_tiers or not set(vip.tags).isdisjoint(state.tags)


def attributes_asked(domain: Domain) -> Callable[[State], tuple[object, ...]]:
    """Return what reads the attributes that decide about promises beside tenant and channel: those asked about, no others."""
    conditions = [policy.when for policy in (*domain.policies, *domain.team_policies)]
    names = ["queue", "team", "priority"]
    names += [name for name, listed in _FIELDS.items() if any(getattr(when, listed) for when in conditions)]
    by_vip = any(when.vip is not None for when in conditions)
    if by_vip and domain.vip.customer_tiers and "customer_tier" not in names:
        names.append("customer_tier")
    if any(when.tags or when.excluded_tags for when in conditions) or (by_vip and domain.vip.tags):
        names.append("tags")
    return attrgetter(*names)
