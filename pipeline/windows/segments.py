"""Segments: which there are, which of them a leaf belongs to, and what they are called in keys and labels."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.additions import Leaf
from pipeline.config import Domain

_ESCAPES = str.maketrans({character: f"%{ord(character):02X}" for character in "%|,=" + "".join(map(chr, range(32))) + "\x7f"})


def escaped(text: str) -> str:
    """Return a tenant or a value as keys write it: `%|,=` and control characters percent-encoded."""
    return text.translate(_ESCAPES)


class Segment(NamedTuple):
    """One combination of dimensions of one tenant; ordered by tenant, then as configured, then by value."""

    tenant: str
    shape: int
    """Index in `Shapes.shapes`."""
    values: tuple[str, ...]


class Shapes:
    """The configured combinations of dimensions."""

    __slots__ = ("_picks", "judged", "shapes", "width")

    def __init__(self, domain: Domain) -> None:
        """Take the segments of a configuration; one that is listed twice counts once."""
        self.shapes = tuple(dict.fromkeys(domain.segments))
        self.width = len(domain.dimensions)
        self._picks = tuple(tuple(domain.dimensions.index(name) for name in shape) for shape in self.shapes)
        self.judged = frozenset(index for index, shape in enumerate(self.shapes) if shape in domain.jump.segments)

    def above(self, tenant: str, leaf: Leaf) -> list[Segment]:
        """Return the segments that a leaf is part of."""
        return [Segment(tenant, index, tuple(leaf[place] for place in picks)) for index, picks in enumerate(self._picks)]

    def is_queue(self, segment: Segment) -> bool:
        """Return whether a segment is a whole queue."""
        return self.shapes[segment.shape] == ("queue",)

    def pairs(self, segment: Segment) -> dict[str, str]:
        """Return dimension -> value; empty for everything."""
        return dict(zip(self.shapes[segment.shape], segment.values, strict=True))

    def name(self, segment: Segment) -> str:
        """Return `queue=billing,channel=chat`, with `%|,=` and control characters in values percent-encoded."""
        return ",".join(f"{name}={escaped(value)}" for name, value in self.pairs(segment).items())

    def key(self, segment: Segment) -> bytes:
        """Return the key of the segment's service levels: `tenant|queue=billing,channel=chat`."""
        return f"{escaped(segment.tenant)}|{self.name(segment)}".encode()

    def owner(self, segment: Segment) -> tuple[str, ...]:
        """Return the segment as rows name it, whatever the order in the configuration: tenant, dimensions, values."""
        return (segment.tenant, ",".join(self.shapes[segment.shape]), *segment.values)

    def segment(self, owner: tuple[str, ...]) -> Segment | None:
        """Return the segment that a row names; `None` if it is no longer configured."""
        tenant, names, *values = owner
        shape = next((index for index, dimensions in enumerate(self.shapes) if ",".join(dimensions) == names), None)
        return None if shape is None else Segment(tenant, shape, tuple(values))
