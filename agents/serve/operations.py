"""Every request of the API in one table: the routes, the checks and the OpenAPI document are made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from agents.serve import levels, people, routing, tickets
from agents.serve.access import Caller
from agents.serve.answers import (
    AlertAnswer,
    AlertsAnswer,
    CrewAnswer,
    DefinitionsAnswer,
    DuePage,
    HealthAnswer,
    HistoryAnswer,
    LevelsPage,
    RespondersPage,
    RoutingSignalsPage,
    SegmentLevels,
    TicketAnswer,
    WaitAnswer,
    WindowAnswer,
    WorkPage,
)
from agents.serve.queries import (
    AlertPath,
    AlertsQuery,
    DueQuery,
    LevelsQuery,
    Nothing,
    RespondersQuery,
    SegmentPath,
    SignalPath,
    SignalsQuery,
    TicketPath,
    WindowPath,
)
from agents.serve.settings import Scope
from agents.serve.site import Site
from pipeline.routing.signal import RoutingSignal

BASE: Final = "/api/v1"


class Operation(NamedTuple):
    """One thing that can be asked."""

    id: str
    path: str
    """Under `BASE`; `{name}` is a field of `path_type`."""
    summary: str
    text: str
    path_type: type[msgspec.Struct]
    query_type: type[msgspec.Struct]
    answer_type: type[msgspec.Struct]
    handle: Callable[[Site, Caller, Any, Any], msgspec.Struct]
    tag: str
    scope: Scope = Scope.READ
    """What a token must open."""
    waits: bool = False
    """Refused with 503 until the topics have been read to their end."""

    @property
    def can_miss(self) -> bool:
        """Say whether what the path names may not be there."""
        return self.path_type is not Nothing


_ROUTE: Final = "Needs the scope `route`: responders are named."
_SEGMENT: Final = "/service-levels/{tenant}/{name}"

OPERATIONS: Final = (
    Operation(
        "listServiceLevels",
        "/service-levels",
        "Service levels of all segments",
        "Every measure in every window against the window before and the same hours last week; open work; first reply time now.",
        *(Nothing, LevelsQuery, LevelsPage, levels.list_levels, "segments"),
    ),
    Operation(
        "getServiceLevel",
        _SEGMENT,
        "Service levels of one segment",
        "What routing systems read of `service-levels`, over HTTP. After `expires_at`, treat it as unknown.",
        *(SegmentPath, Nothing, SegmentLevels, levels.one_level, "segments"),
    ),
    Operation(
        "getWindow",
        _SEGMENT + "/windows/{window}",
        "One window of one segment",
        "The measures of one window.",
        *(WindowPath, Nothing, WindowAnswer, levels.one_window, "segments"),
    ),
    Operation(
        "getHistory",
        _SEGMENT + "/history",
        "The last three hours of one segment",
        "A point a minute, as far as this server has read: for charts. Longer histories are Prometheus's.",
        *(SegmentPath, Nothing, HistoryAnswer, levels.one_history, "segments"),
    ),
    Operation(
        "getExpectedWait",
        _SEGMENT + "/expected-wait",
        "How long a customer who writes now will wait",
        "What the pipeline says of it, where `[domain.expected_wait]` is configured for the segment.",
        *(SegmentPath, Nothing, WaitAnswer, levels.one_wait, "segments"),
    ),
    Operation(
        "listWork",
        "/work",
        "Open work of all segments",
        "How many tickets wait, since when and how old, by kind.",
        *(Nothing, LevelsQuery, WorkPage, levels.list_work, "work"),
    ),
    Operation(
        "listNextToBreach",
        "/next-to-breach",
        "SLA clocks by deadline",
        "The most urgent first: `running` ones whose deadline lies ahead, or `breached` ones that nobody has answered yet.",
        *(Nothing, DueQuery, DuePage, tickets.list_due, "work"),
    ),
    Operation(
        "getTicket",
        "/tickets/{tenant}/{ticket_id}",
        "Why a ticket counts as it does",
        "Its clocks as they stand, and its times. Nobody's name is in it.",
        *(TicketPath, Nothing, TicketAnswer, tickets.one_ticket, "work"),
    ),
    Operation(
        "getCrew",
        "/crews/{tenant}/{queue}",
        "Who of a queue is there",
        "Counts by state, and how many are needed and missing; while presence is not told, null and never 0. Nobody is named.",
        *(SignalPath, Nothing, CrewAnswer, people.one_crew, "people", Scope.READ, True),
    ),
    Operation(
        "listResponders",
        "/responders",
        "Responders now",
        "State, load and skills of everybody, or of those who serve a queue; nothing of what they have done. " + _ROUTE,
        *(Nothing, RespondersQuery, RespondersPage, people.list_responders, "people", Scope.ROUTE, True),
    ),
    Operation(
        "listRoutingSignals",
        "/routing-signals",
        "Routing signals of all queues",
        "What routers need of a queue, as in Redis; a queue whose signal has expired is not there. " + _ROUTE,
        *(Nothing, SignalsQuery, RoutingSignalsPage, routing.list_signals, "routing", Scope.ROUTE, True),
    ),
    Operation(
        "getRoutingSignal",
        "/routing-signals/{tenant}/{queue}",
        "Routing signal of one queue",
        "Without one that holds now, 404: the queue is unknown, and a router falls back to its static rules. " + _ROUTE,
        *(SignalPath, Nothing, RoutingSignal, routing.one_signal, "routing", Scope.ROUTE, True),
    ),
    Operation(
        "listAlerts",
        "/alerts",
        "Alerts",
        "Firing ones first, the newest first among them, then those that are over.",
        *(Nothing, AlertsQuery, AlertsAnswer, tickets.list_alerts, "alerts"),
    ),
    Operation(
        "getAlert",
        "/alerts/{id}",
        "One alert",
        "An alert as the topic `alerts` says it, and what people did about it.",
        *(AlertPath, Nothing, AlertAnswer, tickets.one_alert, "alerts"),
    ),
    Operation(
        "listDefinitions",
        "/definitions",
        "What every measure means",
        "The catalogue of measures: unit, formula, source and which way is better, by the code that numbers have everywhere.",
        *(Nothing, Nothing, DefinitionsAnswer, tickets.definitions, "server"),
    ),
    Operation(
        "getHealth",
        "/health",
        "How far this server can be trusted",
        "Always 200 when the server answers; look at `ok` and `reason`. For probes there are /livez and /readyz.",
        *(Nothing, Nothing, HealthAnswer, tickets.health, "server"),
    ),
)
