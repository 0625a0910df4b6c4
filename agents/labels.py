"""The bound on label values: a help desk with a queue per customer must not make a series per customer."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nsmallest

OTHER = "other"


class LabelBound:
    """Admits at most so many values of one label per tenant. A value admitted stays so while the process lives.

    Admission is sticky because a value that moved between its own series and `other` would look like a counter reset
    in both. Among values that come up together the busiest go first, then the order of the text.
    """

    def __init__(self, at_most: int) -> None:
        """Admit `at_most` values per tenant."""
        if at_most < 1:
            msg = f"a bound of label values must be at least 1, not {at_most}"
            raise ValueError(msg)
        self._at_most = at_most
        self._admitted: dict[str, set[str]] = {}
        self._refused: set[tuple[str, str]] = set()

    def admit(self, weights: Mapping[tuple[str, str], int]) -> None:
        """Take notice of `(tenant, value)` pairs, weighted by how busy they are."""
        new: dict[str, list[str]] = {}
        for tenant, value in weights:
            if value not in self._admitted.get(tenant, ()) and (tenant, value) not in self._refused:
                new.setdefault(tenant, []).append(value)
        for tenant, values in new.items():
            admitted = self._admitted.setdefault(tenant, set())
            room = self._at_most - len(admitted)
            if room:
                admitted.update(nsmallest(room, values, key=lambda value: (-weights[tenant, value], value)))
            self._refused.update((tenant, value) for value in values if value not in admitted)

    def admits(self, tenant: str, value: str) -> bool:
        """Tell whether the value has a series of its own."""
        return value in self._admitted.get(tenant, ())

    @property
    def refused(self) -> int:
        """Return how many values were refused since the process began."""
        return len(self._refused)
