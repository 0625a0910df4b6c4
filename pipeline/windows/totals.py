"""What each leaf added since the beginning, upwards and downwards apart, so that a counter never goes down."""

from __future__ import annotations

from pipeline.measures import BLOCK, EDGES, SUM, Measure, base
from pipeline.windows.rows import Cell, Owner, RowType, encode_owner, owner_key, pack, unpack

_OFFSET = BLOCK - 1


class LeafTotals:
    """Sums, counters and edge counts of one leaf; histogram classes are left to the panes."""

    __slots__ = ("changed", "down", "key", "owner", "up")

    def __init__(self, owner: Owner) -> None:
        """Start empty."""
        self.owner = owner
        self.key = owner_key(RowType.TOTAL, encode_owner(owner))
        self.up: Cell = {}
        self.down: Cell = {}
        """Corrections, as positive amounts."""
        self.changed = False

    def add(self, cell: Cell) -> None:
        """Add a cell, whatever its age."""
        up, down = self.up, self.down
        for code, amount in cell.items():
            offset = code & _OFFSET
            if offset == SUM or offset >= EDGES:
                if amount > 0:
                    up[code] = up.get(code, 0) + amount
                else:
                    down[code] = down.get(code, 0) - amount
        self.changed = True

    def write(self, rows: dict[bytes, bytes | None]) -> None:
        """Put the row into `rows` if it changed."""
        if self.changed:
            rows[self.key] = pack((self.up, self.down))
            self.changed = False

    def read(self, value: bytes) -> None:
        """Take up the row."""
        self.up, self.down = unpack(value, tuple[Cell, Cell])


def edge_counts(cell: Cell, measure: Measure, edges: int) -> tuple[int, ...]:
    """Return the counts per edge of a duration measure; the last one is above every edge."""
    first = base(measure) + EDGES
    return tuple(cell.get(code, 0) for code in range(first, first + edges + 1))


def observations(cell: Cell) -> dict[int, int]:
    """Return the number of observations of each duration measure, by its base code; what was never observed is not there."""
    found: dict[int, int] = {}
    for code, amount in cell.items():
        if (offset := code & _OFFSET) >= EDGES:
            first = code - offset
            found[first] = found.get(first, 0) + amount
    return found
