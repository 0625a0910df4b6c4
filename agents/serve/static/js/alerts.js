// Alerts in plain words: what fires on top, what is over folded away.

import { askAct } from "./act.js";
import { byId, el, put } from "./dom.js";
import { moment, span, title } from "./format.js";

const KIND = { page: "Alert", warn: "Warning" };

export class Alerts {
  #said = new Set();
  #first = true;

  constructor(store) {
    this.store = store;
    this.list = byId("alerts");
    this.calm = byId("calm");
    this.over = byId("over");
  }

  show(firing, over) {
    const now = this.store.now();
    const told = JSON.stringify([firing, Math.floor(now / 60000)]);
    if (told !== this.told) {
      const focused = document.activeElement?.dataset?.act;
      this.list.replaceChildren(...firing.map((alert) => this.#item(alert, now)));
      if (focused) [...this.list.querySelectorAll("[data-act]")].find((one) => one.dataset.act === focused)?.focus();
      this.told = told;
    }
    this.calm.hidden = firing.length > 0;
    this.calm.classList.toggle("reading", !this.store.rows.size);
    put(this.calm, this.store.rows.size ? "No queue keeps its customers waiting longer than is usual at this hour." : "No numbers yet: waiting for the pipeline.");
    this.over.hidden = over.length === 0;
    put(this.over.querySelector("summary"), over.length === 1 ? "1 alert is over" : `${over.length} alerts are over`);
    this.over.querySelector("ul").replaceChildren(...over.slice(0, 20).map((alert) => this.#past(alert, now)));
    this.#announce(firing);
  }

  #item(alert, now) {
    const link = `#/s/${encodeURIComponent(alert.tenant)}/${encodeURIComponent(nameOf(alert.segment))}`;
    return el(
      "li",
      { class: alert.severity === "page" ? "alert" : "alert warn" },
      el("span", { class: "kind" }, KIND[alert.severity] ?? alert.severity),
      el("p", {}, el("a", { href: link }, alert.summary)),
      el("span", { class: "since" }, `for ${span(Math.max(0, now - alert.onset_at))}`),
      alert.action ? el("p", { class: "todo" }, alert.action) : null,
      el("p", { class: "people" }, ...this.#people(alert, now)),
    );
  }

  /** What people did, and what they can do. */
  #people(alert, now) {
    const acts = alert.acts ?? [];
    const taken = acts.find((act) => act.type === "acknowledge");
    const snooze = acts.findLast((act) => act.type === "snooze");
    const notes = acts.filter((act) => act.note).slice(-3);
    const button = (type, text) => el("button", { type: "button", "data-act": `${type} ${alert.id}`, onclick: () => askAct(alert, type, this.store.now()) }, text);
    return [
      taken ? el("span", {}, `✓ ${taken.by || "Somebody"} is on it since ${moment(taken.at, now)}`) : button("acknowledge", "I am on it"),
      snooze && snooze.until > now ? el("span", {}, `snoozed until ${moment(snooze.until, now)} by ${snooze.by}`) : button("snooze", "Snooze 1h"),
      button("annotate", "Note"),
      ...notes.map((act) => el("q", {}, act.note, el("small", {}, ` ${act.by}, ${moment(act.at, now)}`))),
    ];
  }

  #past(alert, now) {
    const lasted = span((alert.resolved_at ?? now) - alert.onset_at);
    return el("li", {}, `${moment(alert.resolved_at ?? now, now)}  ${title(alert.segment)}: over after ${lasted}. ${alert.summary}`);
  }

  /** Say new alerts to whoever listens; not those that were there when the page opened. */
  #announce(firing) {
    const fresh = firing.filter((alert) => !this.#said.has(alert.id));
    for (const alert of fresh) this.#said.add(alert.id);
    if (!this.#first && fresh.length) put(byId("said"), fresh.map((alert) => `New alert. ${alert.summary}`).join(" "));
    this.#first = this.#first && !this.store.rows.size;
  }
}

/** The segment's name as in keys and paths. */
export function nameOf(segment) {
  const escape = (value) => value.replace(/[%|,=\u0000-\u001f\u007f]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
  const parts = Object.entries(segment).map(([dimension, value]) => `${dimension}=${escape(value)}`);
  return parts.join(",") || "everything";
}
