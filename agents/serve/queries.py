"""The parameters of every request, as types: what is refused and what the OpenAPI document says come from them."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from agents.serve.problems import ProblemKind, refusal
from pipeline.config import SlaMeasure
from pipeline.signals import AlertState
from pipeline.view.breaches import Phase
from pipeline.wire import MAX_ID, MAX_TEXT

MAX_PAGE: Final = 500
_NAME_LENGTH: Final = 6 * 4 * MAX_TEXT
_CURSOR_LENGTH: Final = 4_096

Tenant: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=MAX_TEXT, description="Only this tenant; left out: all that the token is for.")
]
Owner: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT, description="The tenant.")]
Queue: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT, description="Only this queue; empty: tickets without one.")]
Name: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=_NAME_LENGTH,
        description="`queue=billing`, `queue=billing,channel=chat` or `everything`, as lists give it.",
    ),
]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Most items of the page.")]
Cursor: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=_CURSOR_LENGTH, pattern="^[A-Za-z0-9_-]+$", description="`next` of the page before.")
]
Shape: TypeAlias = Annotated[
    str,
    Meta(
        max_length=120,
        pattern="^[a-z]+(,[a-z]+)*$",
        description="Only segments of these dimensions: `queue`, `queue,channel`, or `everything`.",
    ),
]
Ident: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_ID + _NAME_LENGTH, description="The alert's id.")]
TicketId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_ID, description="The ticket, as its events name it.")]
WindowName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=40, description="A configured window: `5m`, `1h`, `1d` ...")]


class _Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all: what is not named here is refused."""


class Nothing(_Parameters, frozen=True):
    """No parameters."""


class LevelsQuery(_Parameters, frozen=True):
    """Which service levels."""

    tenant: Tenant | None = None
    shape: Shape | None = None
    within: (
        Annotated[str, Meta(max_length=_NAME_LENGTH, description="Only segments inside this one: `queue=billing`.")] | None
    ) = None
    limit: Limit = 100
    cursor: Cursor | None = None


class SegmentPath(_Parameters, frozen=True):
    """One segment."""

    tenant: Owner
    name: Name


class WindowPath(_Parameters, frozen=True):
    """One window of a segment."""

    tenant: Owner
    name: Name
    window: WindowName


class DueQuery(_Parameters, frozen=True):
    """Which clocks."""

    tenant: Tenant | None = None
    queue: Queue | None = None
    measure: SlaMeasure | None = None
    state: Literal["running", "breached"] = "running"
    limit: Limit = 50
    cursor: Cursor | None = None

    @property
    def phase(self) -> Phase:
        """Return the state as the order knows it."""
        return Phase(self.state)


class AlertsQuery(_Parameters, frozen=True):
    """Which alerts."""

    tenant: Tenant | None = None
    state: AlertState | None = None
    limit: Limit = 100


class AlertPath(_Parameters, frozen=True):
    """One alert."""

    id: Ident


class TicketPath(_Parameters, frozen=True):
    """One ticket."""

    tenant: Owner
    ticket_id: TicketId


class SignalsQuery(_Parameters, frozen=True):
    """Which routing signals."""

    tenant: Tenant | None = None
    queue: Queue | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class SignalPath(_Parameters, frozen=True):
    """One queue."""

    tenant: Owner
    queue: Annotated[
        str, Meta(min_length=1, max_length=MAX_TEXT, description="The queue; one without a name is found in the list.")
    ]


class RespondersQuery(_Parameters, frozen=True):
    """Which responders."""

    tenant: Tenant | None = None
    queue: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=MAX_TEXT,
                description="Only those who serve this queue, or any one.",
            ),
        ]
        | None
    ) = None
    limit: Limit = 100
    cursor: Cursor | None = None


class StreamQuery(_Parameters, frozen=True):
    """What a board follows."""

    tenant: Tenant | None = None


P = TypeVar("P", bound=msgspec.Struct)


def read(pairs: list[tuple[str, str]], kind: type[P]) -> P:
    """Return parameters as their type.

    Raises:
        Refused: 400 with what is wrong, without quoting values.

    """
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            raise refusal(ProblemKind.BAD_REQUEST, "A parameter is given twice.", "give each parameter once")
        given[name] = value
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        names = ", ".join(kind.__struct_fields__) or "none"
        raise refusal(ProblemKind.BAD_REQUEST, f"{error}.", f"parameters are: {names}; /docs describes them") from None


def cursor_of(*place: object) -> str:
    """Return an opaque cursor for a place in an order."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def place_of(cursor: str, kind: Any) -> Any:
    """Return the place that a cursor stands for.

    Raises:
        Refused: 400, no server of this kind made it.

    """
    try:
        return msgspec.json.decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True), type=kind)
    except (msgspec.MsgspecError, binascii.Error, UnicodeDecodeError):
        raise refusal(
            ProblemKind.BAD_REQUEST, "The cursor is not one of ours.", "use `next` of the page before, unchanged"
        ) from None
