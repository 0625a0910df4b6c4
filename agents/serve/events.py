"""What the stream sends: rows and alerts as types, and the bytes of server-sent events."""

from __future__ import annotations

from typing import Final

import msgspec

from agents.serve.answers import AlertAnswer
from agents.serve.site import Site
from agents.serve.tickets import with_acts
from pipeline.view.rows import Row, row_of
from pipeline.view.state import name_of, tenant_of

RESOLVED_SHOWN: Final = 50
"""Alerts that are over, the newest first, in a snapshot."""

_encode = msgspec.json.Encoder().encode


class RowRef(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is there no more."""

    tenant: str
    name: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything: forget what was before."""

    rows: tuple[Row, ...]
    alerts: tuple[AlertAnswer, ...]
    window: str
    """The window of the rows' counts."""
    time: str
    """`live` or `event`."""
    zone: str
    """Of the centre, an IANA name."""


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """What has changed."""

    rows: tuple[Row, ...]
    gone: tuple[RowRef, ...]
    alerts: tuple[AlertAnswer, ...]
    alerts_gone: tuple[str, ...]


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """How the server does. Comes every two seconds and after every snapshot: without it, the connection is dead."""

    now: int
    """The time that numbers are seen at: of the server's clock, or in history of the newest number."""
    as_of: int
    caught_up: bool
    connected: bool
    """The server reaches the broker."""


def event(kind: str, body: msgspec.Struct, identity: str = "") -> bytes:
    """Return one server-sent event. JSON holds no line ends, so one `data` line is enough."""
    head = f"id: {identity}\nevent: {kind}\ndata: " if identity else f"event: {kind}\ndata: "
    return head.encode() + _encode(body) + b"\n\n"


def snapshot(site: Site, tenants: frozenset[str] | None) -> Snapshot:
    """Return everything that these tenants' boards show; `None`: of all tenants."""
    keys = site.view.segments(0) + site.view.segments(1)
    rows = (row_of(site.view, key) for key in keys if tenants is None or tenant_of(key) in tenants)
    mine = [alert for alert in site.view.alerts() if tenants is None or alert.tenant in tenants]
    firing = [alert for alert in mine if alert.resolved_at is None]
    over = [alert for alert in mine if alert.resolved_at is not None]
    return Snapshot(
        rows=tuple(row for row in rows if row is not None),
        alerts=tuple(with_acts(site, alert) for alert in (*firing, *over[:RESOLVED_SHOWN])),
        window=site.view.window,
        time=site.view.time.value,
        zone=site.zone,
    )


def updates(site: Site, levels: frozenset[bytes], alerts: frozenset[str]) -> dict[str, Update]:
    """Return by tenant what has become of these keys and alerts."""
    by_tenant: dict[str, tuple[list[Row], list[RowRef], list[AlertAnswer], list[str]]] = {}
    for key in sorted(levels):
        rows, gone, _, _ = by_tenant.setdefault(tenant_of(key), ([], [], [], []))
        if (row := row_of(site.view, key)) is not None:
            rows.append(row)
        else:
            gone.append(RowRef(tenant=tenant_of(key), name=name_of(key)))
    for identity in sorted(alerts):
        alert = site.view.alert(identity)
        tenant = alert.tenant if alert else [*identity.split(":"), ""][1]
        _, _, changed, ended = by_tenant.setdefault(tenant, ([], [], [], []))
        if alert is not None:
            changed.append(with_acts(site, alert))
        else:
            ended.append(identity)
    return {
        tenant: Update(rows=tuple(rows), gone=tuple(gone), alerts=tuple(changed), alerts_gone=tuple(ended))
        for tenant, (rows, gone, changed, ended) in by_tenant.items()
    }


def heartbeat(site: Site) -> bytes:
    """Return the heartbeat of this moment."""
    clock_ms = site.clock.now_ms()
    beat = Heartbeat(
        now=site.view.now(clock_ms),
        as_of=site.view.as_of,
        caught_up=site.reading.caught_up,
        connected=site.reading.connected(clock_ms),
    )
    return event("heartbeat", beat)
