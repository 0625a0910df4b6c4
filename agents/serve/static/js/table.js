// The queues: one row each, changed cell by cell, moved only where the order asks for it.

import { gap } from "./crew.js";
import { attribute, byId, el, put } from "./dom.js";
import { change, glance, percent, span, title } from "./format.js";
import { Spark } from "./spark.js";
import { key } from "./store.js";
import { direction, directionWords, RANKS, ratio, trouble } from "./trouble.js";

const none = (value) => (value === null || value === undefined ? -1 : value);

// id, heading, what it sorts by (descending first), and the words under the pointer.
const COLUMNS = [
  ["name", "Queue", null, "Trouble first, then by name"],
  ["waiting", "Waiting", (row) => row.waiting, "Customers who have had no reply yet"],
  ["oldest", "Oldest wait", (row) => (row.oldest_at === null ? -1 : -row.oldest_at + 1e15), "Since the first of them wrote"],
  ["now", "First reply now", (row) => none(row.first_reply_ms), "Customers who still wait are counted in"],
  ["usual", "Usual", (row) => none(row.usual_ms), "At this hour"],
  ["difference", "Difference", (row) => none(row.difference_ms), "Now against usual"],
  ["spark", "Last hour", (row) => ratio(row), "First reply time, the line is what is usual"],
  ["risk", "At risk", (row) => row.at_risk, "Promises that will soon be broken"],
  ["breached", "Breached", (row) => row.breached, "Promises broken, customer still waiting"],
  ["kept", "Kept", (row) => -none(row.within_ppm), "First-reply promises kept in the window"],
  ["level", "Level", (row) => -none(row.level), "Service level, 1 unacceptable to 5 stellar"],
  ["gap", "People short", (row) => none(row.staffing?.missing), "More people needed than are there; ? where nobody can tell"],
];
const OPTIONAL = { level: (row) => row.level !== undefined && row.level !== null, gap: (row) => Boolean(row.staffing) };

export class QueueTable {
  #rows = new Map();
  #sort = "name";
  #up = false;
  #columns = [];

  constructor(store, onSort) {
    this.store = store;
    this.body = byId("rows");
    this.heads = byId("heads");
    this.onSort = onSort;
    this.#layOut(COLUMNS.filter(([id]) => !OPTIONAL[id]));
  }

  /** Show rows; `alarmed` holds the keys with an alert. */
  show(rows, alarmed) {
    const wanted = COLUMNS.filter(([id]) => !OPTIONAL[id] || rows.some(OPTIONAL[id]));
    if (wanted.length !== this.#columns.length) this.#layOut(wanted);
    const sorted = this.#sorted(rows, alarmed);
    const keep = new Set(sorted.map(key));
    for (const [id, row] of this.#rows) {
      if (!keep.has(id)) {
        row.node.remove();
        this.#rows.delete(id);
      }
    }
    let before = this.body.firstElementChild;
    for (const data of sorted) {
      let row = this.#rows.get(key(data));
      if (!row) this.#rows.set(key(data), (row = new QueueRow(this.#columns)));
      if (row.node === before) before = before.nextElementSibling;
      else this.body.insertBefore(row.node, before);
      row.show(data, trouble(data, alarmed.has(key(data))), this.store.stale(data));
    }
    this.tick();
  }

  /** Let what grows by itself grow. */
  tick() {
    const now = this.store.now();
    for (const row of this.#rows.values()) row.tick(now, this.store.stale(row.data));
  }

  open(id) {
    for (const [mine, row] of this.#rows) attribute(row.node, "data-open", mine === id);
  }

  link(id) {
    return this.#rows.get(id)?.link;
  }

  #sorted(rows, alarmed) {
    const by = COLUMNS.find(([id]) => id === this.#sort)[2];
    const rank = new Map(rows.map((row) => [row, by ? by(row) : RANKS[trouble(row, alarmed.has(key(row)))]]));
    const sign = this.#up ? -1 : 1;
    return [...rows].sort((a, b) => sign * (rank.get(b) - rank.get(a)) || a.name.localeCompare(b.name) || a.tenant.localeCompare(b.tenant));
  }

  #layOut(columns) {
    this.#columns = columns;
    this.#rows.clear();
    this.body.replaceChildren();
    this.heads.replaceChildren(
      ...columns.map(([id, heading, , hint]) =>
        el("th", { scope: "col", role: "columnheader", "data-column": id }, el("button", { type: "button", title: hint, onclick: () => this.#sortBy(id) }, heading)),
      ),
    );
    this.#mark();
  }

  #sortBy(id) {
    this.#up = this.#sort === id ? !this.#up : false;
    this.#sort = id;
    this.#mark();
    this.onSort();
  }

  #mark() {
    for (const head of this.heads.children) {
      attribute(head, "aria-sort", head.dataset.column === this.#sort ? (this.#up ? "ascending" : "descending") : null);
    }
  }
}

class QueueRow {
  constructor(columns) {
    this.node = el("tr", { role: "row" });
    this.link = el("a");
    this.trouble = el("span", { class: "unseen" });
    this.closed = el("small", { class: "closed" });
    this.spark = new Spark();
    this.cells = {};
    for (const [id, heading] of columns) {
      if (id === "name") this.node.append(el("th", { scope: "row", role: "rowheader" }, this.link, this.closed, this.trouble));
      else {
        const cell = el("td", { role: "cell", "data-head": heading, class: id });
        if (id === "spark") cell.append(this.spark.node);
        else cell.append((this.cells[id] = el("span")));
        if (id === "gap") cell.append(" ", (this.gapNote = el("small")));
        this.node.append(cell);
      }
    }
  }

  show(row, state, stale) {
    if (this.data === row && this.state === state && this.wasStale === stale) return;
    this.data = row;
    this.state = state;
    this.wasStale = stale;
    const cells = this.cells;
    put(this.link, title(row.segment));
    attribute(this.link, "href", `#/s/${encodeURIComponent(row.tenant)}/${encodeURIComponent(row.name)}`);
    attribute(this.node, "data-trouble", state);
    put(this.trouble, { bad: ", alert", warn: ", needs a look", none: "" }[state]);
    put(cells.waiting, String(row.waiting));
    put(cells.now, glance(row.first_reply_ms));
    put(cells.usual, glance(row.usual_ms));
    put(cells.difference, change(row.difference_ms));
    attribute(cells.difference, "class", direction(row));
    attribute(cells.difference, "title", directionWords(row));
    put(cells.risk, String(row.at_risk));
    attribute(cells.risk, "class", row.at_risk ? "higher warn" : "none");
    put(cells.breached, String(row.breached));
    attribute(cells.breached, "class", row.breached ? "worse bad" : "none");
    put(cells.kept, percent(row.within_ppm));
    if (cells.level) put(cells.level, row.level ? `${row.level}/${row.levels}` : "–");
    put(this.closed, row.closed ? "☾ closed" : "");
    attribute(this.closed, "title", row.closed || null);
    if (cells.gap) this.#showGap(gap(row.staffing));
    this.spark.draw(row.spark, row.usual_ms);
  }

  #showGap({ text, note, look, words }) {
    put(this.cells.gap, text);
    attribute(this.cells.gap, "class", look);
    put(this.gapNote, note);
    attribute(this.cells.gap.parentElement, "title", words || null);
  }

  tick(now, stale) {
    const row = this.data;
    attribute(this.node, "data-stale", stale);
    put(this.cells.oldest, row.oldest_at === null ? "–" : stale ? `stale ${span(now - row.expires_at)}` : span(Math.max(0, now - row.oldest_at)));
  }
}
