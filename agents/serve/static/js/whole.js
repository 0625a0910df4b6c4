// Everything in six figures.

import { byId, el, put } from "./dom.js";
import { change, glance, percent, span } from "./format.js";
import { direction, directionWords } from "./trouble.js";

const FIGURES = [
  ["waiting", "Waiting now"],
  ["oldest", "Oldest wait"],
  ["now", "First reply now"],
  ["risk", "At risk"],
  ["breached", "Breached"],
  ["kept", "Promises kept"],
  ["open", "Open"],
];

export class Whole {
  #parts = {};

  constructor(store) {
    this.store = store;
    this.node = byId("whole");
    const figures = FIGURES.map(([id, name]) => {
      const value = el("span");
      const note = el("small");
      this.#parts[id] = { value, note };
      return el("dl", { class: "figure" }, el("dt", {}, name), el("dd", {}, value, " ", note));
    });
    this.node.append(...figures);
    this.node.hidden = true;
  }

  show(row) {
    this.row = row;
    this.node.hidden = !row;
    if (!row) return;
    const set = (id, value, note = "", look = "") => {
      put(this.#parts[id].value, value);
      put(this.#parts[id].note, note);
      this.#parts[id].note.className = look;
    };
    set("waiting", String(row.waiting), row.unassigned ? `${row.unassigned} unassigned` : "");
    const usual = row.usual_ms === null ? "" : `${change(row.difference_ms)} against ${glance(row.usual_ms)}`;
    set("now", glance(row.first_reply_ms), usual, direction(row));
    this.#parts.now.note.title = directionWords(row);
    set("risk", String(row.at_risk));
    set("breached", String(row.breached), row.broken ? `${row.broken} in the last ${this.store.window}` : "");
    set("kept", percent(row.within_ppm), `of the last ${this.store.window}`);
    set("open", String(row.open));
    this.tick();
  }

  tick() {
    const since = this.row?.oldest_at;
    if (this.row) put(this.#parts.oldest.value, since === null ? "–" : span(Math.max(0, this.store.now() - since)));
  }
}
