"""What tickets are about: the configured topics that their tags name."""

from __future__ import annotations

from pipeline.config import Domain

_KEPT = 10_000


class Topics:
    """The configured topics. Remembers what it has been asked: tickets share their tags."""

    __slots__ = ("_known", "_tags")

    def __init__(self, domain: Domain) -> None:
        """Compile them."""
        self._tags = tuple((name, frozenset(tags)) for name, tags in domain.topics.items())
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Return the topics, in their order."""
        found = self._known.get(tags)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[tags] = tuple(name for name, own in self._tags if not own.isdisjoint(tags))
        return found

    def first(self, tags: tuple[str, ...]) -> str:
        """Return the first topic in order, empty for none."""
        found = self.of(tags)
        return found[0] if found else ""
