"""Erlang B and C: responders who serve one customer at a time, in the order in which they come.

Customers come at random (Poisson), handling times are exponential, and whoever waits, waits on (Erlang C). The load is in
*erlangs*: the handling time that arrives per unit of time. Waits are given in mean handling times. A. K. Erlang, 1917; the
recursion and the form of Erlang C that goes with it are in R. B. Cooper, Introduction to Queueing Theory, 2nd ed. 1981, ch. 3.
"""

from __future__ import annotations

from math import inf

from pipeline.staffing.scaled import exponential


def blocking(erlangs: float, servers: int) -> float:
    """Return Erlang B: the probability that all of `servers` are busy where nobody can wait.

    `B(0) = 1; B(k) = a B(k-1) / (k + a B(k-1))`: only positive numbers are added, so it is stable for any number of servers.
    """
    probability = 1.0
    for number in range(1, servers + 1):
        probability = following(erlangs, number, probability)
    return probability


def following(erlangs: float, servers: int, before: float) -> float:
    """Return Erlang B of `servers` from that of one server less."""
    return erlangs * before / (servers + erlangs * before)


def wait_probability(erlangs: float, servers: int, blocked: float | None = None) -> float:
    """Return Erlang C: the probability that a customer has to wait; 1 where the work outgrows the servers.

    `blocked` is Erlang B of the same, where it is known already.
    """
    if erlangs <= 0:
        return 0.0 if servers > 0 else 1.0
    if servers <= erlangs:
        return 1.0
    blocked = blocking(erlangs, servers) if blocked is None else blocked
    return servers * blocked / (servers - erlangs * (1.0 - blocked))


def within(erlangs: float, servers: int, wait: float, blocked: float | None = None) -> float:
    """Return the share of customers who wait no longer than `wait`, in mean handling times: `1 - C e^(-(n - a) wait)`.

    0 where the work outgrows the servers.
    """
    if servers <= erlangs:
        return 0.0
    late = wait_probability(erlangs, servers, blocked) * exponential(-(servers - erlangs) * max(0.0, wait)).shifted(0)
    return 1.0 - late


def mean_wait(erlangs: float, servers: int) -> float:
    """Return the mean wait of all customers, in mean handling times: `C / (n - a)`; infinite where the work grows on."""
    if servers <= erlangs:
        return inf
    return wait_probability(erlangs, servers) / (servers - erlangs)


def mean_waiting(erlangs: float, servers: int) -> float:
    """Return how many customers wait on average: the mean wait times the arrivals (Little 1961)."""
    return inf if servers <= erlangs else erlangs * mean_wait(erlangs, servers)
