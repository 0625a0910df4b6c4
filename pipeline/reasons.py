"""Why an input record is no event: the closed set of reasons, and the two other answers of the codec."""

from __future__ import annotations

from enum import StrEnum
from typing import final

import msgspec


class Reason(StrEnum):
    """Why a record was refused. Each one is a label of a metric and a field of a dead letter."""

    EMPTY = "empty"
    """No value: a tombstone, or nothing at all."""
    TOO_LARGE = "too_large"
    """Longer than `pipeline.codec.MAX_BYTES`."""
    TOO_DEEP = "too_deep"
    """Nested deeper than `pipeline.codec.MAX_DEPTH`."""
    NOT_JSON = "not_json"
    """Not UTF-8, or not JSON (`NaN`, cut off, trailing bytes)."""
    WRONG_SHAPE = "wrong_shape"
    """JSON, or a record of another topic, that is not shaped as expected."""
    MISSING_FIELD = "missing_field"
    BAD_FIELD = "bad_field"
    """A field has a value that it cannot have: another type, or outside its closed set or range."""
    STRING_TOO_LONG = "string_too_long"
    TOO_MANY_TAGS = "too_many_tags"
    CONTROL_CHARACTER = "control_character"
    """Text with a control character in it: it would break keys, logs or screens."""
    BAD_TIMESTAMP = "bad_timestamp"
    """Not RFC 3339 with an offset, nor Unix seconds or milliseconds."""
    TIMESTAMP_OUT_OF_RANGE = "timestamp_out_of_range"
    """Before 2000 or after 2099."""
    FROM_THE_FUTURE = "from_the_future"
    """Dated further after its append time than `future_skew`."""

    # Said by the engines.
    BEYOND_HORIZON = "beyond_horizon"
    """About a ticket that is no longer kept."""
    BEHIND_FROZEN_PREFIX = "behind_frozen_prefix"
    """Sorts before the part of a ticket's log that is kept."""
    INTERNAL_ERROR = "internal_error"
    """A fault of this program: its ticket was put back as it was."""


@final
class Invalid(msgspec.Struct, frozen=True, gc=False):
    """A record that is no event. `detail` says what is wrong in words and never quotes the input."""

    reason: Reason
    detail: str
    field: str = ""
    """Path of the field in the input, such as `data.ticket.status`; empty where it is the whole record."""


@final
class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A well-formed record of a type that this version does not know: counted, no error."""

    type: str
