"""A list that stays sorted, in pieces: adding and removing cost the length of one piece, not of the list."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

PIECE = 512
"""A piece twice as long is cut in two."""

T = TypeVar("T", bound="tuple[object, ...]")


class Ordered(Generic[T]):
    """Sorted, distinct tuples that compare with each other."""

    __slots__ = ("_count", "_pieces")

    def __init__(self) -> None:
        """Start empty."""
        self._pieces: list[list[T]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, item: T) -> None:
        """Put an item in its place; one that is there already stays once."""
        if not self._pieces:
            self._pieces.append([item])
            self._count = 1
            return
        place = self._place(item)
        piece = self._pieces[place]
        at = bisect_left(piece, item)
        if at < len(piece) and piece[at] == item:
            return
        insort(piece, item)
        self._count += 1
        if len(piece) >= 2 * PIECE:
            self._pieces[place : place + 1] = [piece[:PIECE], piece[PIECE:]]

    def discard(self, item: T) -> None:
        """Take an item out; one that is not there is no mistake."""
        if not self._pieces:
            return
        place = self._place(item)
        piece = self._pieces[place]
        at = bisect_left(piece, item)
        if at == len(piece) or piece[at] != item:
            return
        del piece[at]
        self._count -= 1
        if not piece:
            del self._pieces[place]

    def after(self, item: T | None) -> Iterator[T]:
        """Yield what comes after an item, which need not be there; all of it after `None`. Not while the list changes."""
        if item is None or not self._pieces:
            for piece in self._pieces:
                yield from piece
            return
        place = self._place(item)
        first = self._pieces[place]
        at = bisect_left(first, item)
        yield from first[at + (at < len(first) and first[at] == item) :]
        for piece in self._pieces[place + 1 :]:
            yield from piece

    def _place(self, item: T) -> int:
        """Return the piece that an item belongs to: the first one that does not end before it, or the last."""
        low, high = 0, len(self._pieces) - 1
        while low < high:
            middle = (low + high) // 2
            if self._pieces[middle][-1] < item:
                low = middle + 1
            else:
                high = middle
        return low
