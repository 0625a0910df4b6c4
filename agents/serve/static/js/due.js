// Promises by deadline, each a link to its ticket.

import { el } from "./dom.js";
import { words } from "./format.js";
import { countdown } from "./segment.js";

export function dueList(items, now) {
  if (!items.length) return null;
  return el(
    "ol",
    { class: "due" },
    items.map((item) =>
      el(
        "li",
        { class: item.due_at < now ? "past" : "" },
        el("a", { href: `#/t/${encodeURIComponent(item.tenant)}/${encodeURIComponent(item.ticket_id)}` }, item.ticket_id),
        el("span", { class: "what" }, [words(item.measure), item.channel, item.priority].filter(Boolean).join(", ")),
        el("b", { "data-due": item.due_at }, countdown(item.due_at, now)),
      ),
    ),
  );
}
