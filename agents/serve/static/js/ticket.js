// One ticket: why it counts as it does.

import { ask } from "./api.js";
import { Part } from "./detail.js";
import { attribute, el, put, svg } from "./dom.js";
import { moment, span, words } from "./format.js";
import { countdown } from "./segment.js";

const STATES = { running: "runs", paused: "rests", breached: "broken" };

export function ticketView(store, tenant, id) {
  const wrong = el("p", { class: "wrong", role: "status", hidden: true });
  const facts = new Part("");
  const clocks = new Part("Promises still open");
  const none = new Part("");
  return {
    title: `Ticket ${id}`,
    node: el("div", { class: "view" }, wrong, facts.node, clocks.node, none.node),
    ask: () => ask(`/api/v1/tickets/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`),

    show(ticket) {
      wrong.hidden = true;
      const now = store.now();
      facts.fill(ticket, () => factsList(ticket, now));
      clocks.fill([ticket.clocks, Math.floor(now / 60000)], ([found]) => (found.length ? el("ul", { class: "clocks" }, found.map((clock) => clockItem(clock, now))) : null));
      none.fill(ticket.clocks.length, (count) => (count ? null : el("p", { class: "soft" }, "No promise is open on this ticket.")));
    },

    fail(text) {
      wrong.hidden = false;
      put(wrong, text);
    },

    tick() {
      for (const node of this.node.querySelectorAll("[data-due]")) put(node, countdown(Number(node.dataset.due), store.now()));
      for (const node of this.node.querySelectorAll("[data-since]")) put(node, span(Math.max(0, store.now() - Number(node.dataset.since))));
    },
  };
}

function factsList(ticket, now) {
  const row = (name, value, attributes = {}) => (value === null || value === "" ? null : el("div", {}, el("dt", {}, name), el("dd", attributes, value)));
  const at = (value) => (value === null ? null : moment(value, now));
  return el(
    "dl",
    { class: "plain" },
    row("Status", `${ticket.status}${ticket.assigned ? "" : ", nobody holds it"}`),
    row("Queue", [ticket.queue, ticket.channel, ticket.priority].filter(Boolean).join(", ")),
    row("Team", ticket.team),
    row("Created", ticket.created_at === null ? "before the log begins" : at(ticket.created_at)),
    ticket.waiting_since === null ? null : row("Customer waits", span(Math.max(0, now - ticket.waiting_since)), { "data-since": ticket.waiting_since }),
    row("First reply after", ticket.first_reply_ms === null ? null : span(ticket.first_reply_ms)),
    row("First solved after", ticket.first_resolution_ms === null ? null : span(ticket.first_resolution_ms)),
    ticket.full_resolution_ms !== ticket.first_resolution_ms ? row("Last solved after", span(ticket.full_resolution_ms)) : null,
    row("Replies", String(ticket.replies)),
    ticket.reopened ? row("Reopened", `${ticket.reopened} times`) : null,
  );
}

/** A clock as a line: from its start to its deadline, with now on it. Time runs to the right, whatever its length. */
function clockItem(clock, now) {
  const end = clock.due_at ?? clock.started_at + clock.target_ms;
  const last = Math.max(end, clock.state === "paused" ? end : now);
  const x = (at) => (2 + (296 * (at - clock.started_at)) / Math.max(1, last - clock.started_at)).toFixed(1);
  const line = svg(
    "svg",
    { viewBox: "0 0 300 22", class: "clock-line", "aria-hidden": "true", preserveAspectRatio: "none" },
    svg("line", { x1: x(clock.started_at), x2: x(end), y1: 11, y2: 11, class: "promise" }),
    now > end && clock.state === "breached" ? svg("line", { x1: x(end), x2: x(now), y1: 11, y2: 11, class: "over" }) : svg("g"),
    clock.at_risk_at ? svg("line", { x1: x(clock.at_risk_at), x2: x(clock.at_risk_at), y1: 6, y2: 16, class: "risk" }) : svg("g"),
    svg("line", { x1: x(end), x2: x(end), y1: 3, y2: 19, class: "deadline" }),
    clock.state === "paused" ? svg("g") : svg("circle", { cx: x(Math.min(now, last)), cy: 11, r: 4.5, class: "now" }),
  );
  attribute(line, "focusable", "false");
  const many = clock.instance > 1 ? ` (${clock.instance})` : "";
  return el(
    "li",
    { "data-state": clock.state },
    el("p", {}, el("b", {}, `${words(clock.measure)}${many}`), ` within ${span(clock.target_ms)}, policy ${clock.policy}`),
    line,
    el(
      "p",
      { class: "ends" },
      el("span", {}, `since ${moment(clock.started_at, now)}`),
      el("span", { class: `is ${clock.state}` }, STATES[clock.state] ?? clock.state),
      clock.due_at ? el("span", {}, `due ${moment(clock.due_at, now)}, `, el("b", { "data-due": clock.due_at }, countdown(clock.due_at, now))) : el("span", {}, "no deadline while it rests"),
    ),
  );
}
