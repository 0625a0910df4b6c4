"""Where ticket rows rest: encoded, with a small two-generation cache of decoded ones."""

from __future__ import annotations

from pipeline.tickets import row as rows
from pipeline.tickets.openwork import pieces_of
from pipeline.tickets.row import HotRow
from pipeline.tickets.rules import Rules


class Shelf:
    """All rows of one partition by ticket key."""

    def __init__(self, rules: Rules, hot_limit: int) -> None:
        """Keep up to twice `hot_limit` rows decoded."""
        self._rules = rules
        self._limit = hot_limit
        self._rest: dict[bytes, bytes] = {}
        self._young: dict[bytes, HotRow] = {}
        self._old: dict[bytes, HotRow] = {}

    def __len__(self) -> int:
        """Return how many tickets are kept."""
        return len(self._rest)

    def load(self, key: bytes, data: bytes) -> None:
        """Put an encoded row on the shelf."""
        self._rest[key] = data

    def due(self, key: bytes) -> int:
        """Return a resting row's next timer, ms, 0 for none or no row."""
        data = self._rest.get(key)
        return 0 if data is None else rows.due_of(data)

    def take(self, key: bytes) -> HotRow | None:
        """Take a row off the cache, decoded. The shelf keeps the encoded one until `put`, so a row dropped is a row undone."""
        hot = self._young.pop(key, None) or self._old.pop(key, None)
        if hot is not None:
            return hot
        data = self._rest.get(key)
        if data is None:
            return None
        row = rows.decode(data)
        return HotRow(row, pieces_of(row.state, self._rules), rows.due_of(data))

    def put(self, key: bytes, hot: HotRow) -> bytes:
        """Keep a changed row; return it encoded."""
        data = self._rest[key] = rows.encode(hot.row, hot.due)
        self.cache(key, hot)
        return data

    def cache(self, key: bytes, hot: HotRow) -> None:
        """Keep an unchanged row decoded."""
        self._young[key] = hot
        if len(self._young) >= self._limit:
            self._old, self._young = self._young, {}

    def forget(self, key: bytes) -> None:
        """Drop a ticket."""
        self._rest.pop(key, None)
        self._young.pop(key, None)
        self._old.pop(key, None)
