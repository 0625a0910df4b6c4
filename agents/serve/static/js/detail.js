// The panel beside the board: one segment, or one ticket. It asks the API again when the board hears of a change.

import { attribute, byId, el } from "./dom.js";
import { segmentView } from "./segment.js";
import { ticketView } from "./ticket.js";

const AGAIN_MS = 2000;

export class Detail {
  #view = null;
  #route = "";
  #from = null;
  #asked = 0;
  #timer = null;
  #asking = false;

  constructor(store, table) {
    this.store = store;
    this.table = table;
    this.node = byId("detail");
    addEventListener("hashchange", () => this.follow());
  }

  /** Show what the address names. */
  follow() {
    const [, kind, tenant, name] = location.hash.split("/").map(decodeURIComponent);
    const make = { s: segmentView, t: ticketView }[kind];
    if (!make || !tenant || !name) return this.#hide();
    if (this.#route === location.hash) return;
    if (!this.#route) this.#from = document.activeElement;
    this.#route = location.hash;
    this.#view?.end?.();
    this.#view = make(this.store, tenant, name);
    const title = el("h2", { id: "detail-title" }, this.#view.title);
    const close = el("button", { type: "button", class: "close", "aria-label": "Close", "aria-keyshortcuts": "Escape", onclick: () => this.close() }, "✕");
    this.node.replaceChildren(el("div", { class: "head" }, title, close), this.#view.node);
    this.node.hidden = false;
    document.querySelector(".floor").classList.add("open");
    this.table.open(kind === "s" ? `${tenant}|${name}` : null);
    this.node.focus();
    this.node.scrollTop = 0;
    this.#asked = 0;
    this.refresh();
  }

  /** Ask again, at most every two seconds; a change in between is caught up with. */
  refresh() {
    this.#view?.live?.();
    if (!this.#view || this.#timer || this.#asking) return;
    const rest = this.#asked + AGAIN_MS - Date.now();
    if (rest > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.refresh();
      }, rest);
      return;
    }
    this.#ask(this.#view);
  }

  async #ask(view) {
    this.#asked = Date.now();
    this.#asking = true;
    try {
      const data = await view.ask();
      if (view === this.#view) keepingFocus(this.node, () => view.show(data));
    } catch (error) {
      if (view === this.#view) view.fail(error.status ? error.message : "The server does not answer; what you see may be old.");
    }
    this.#asking = false;
    if (this.#view && view !== this.#view) this.refresh();
  }

  tick() {
    this.#view?.tick?.();
    if (this.#view && Date.now() - this.#asked > 5 * AGAIN_MS) this.refresh();
  }

  close() {
    if (this.#view) location.hash = "";
  }

  #hide() {
    if (!this.#view) return;
    this.#view.end?.();
    this.#view = null;
    this.#route = "";
    this.node.hidden = true;
    this.node.replaceChildren();
    document.querySelector(".floor").classList.remove("open");
    this.table.open(null);
    if (this.#from?.isConnected) this.#from.focus();
  }
}

/** Change the page without taking the focus from what was named by the same address before. */
function keepingFocus(node, change) {
  const focused = node.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  change();
  if (focused && !node.contains(document.activeElement)) {
    [...node.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === focused)?.focus();
  }
}

/** A part of a view: filled only when its data differs from what it shows. */
export class Part {
  #shown = "";

  constructor(heading, attributes = {}) {
    this.body = el("div");
    this.node = el("section", attributes, heading ? el("h3", {}, heading) : null, this.body);
    this.node.hidden = true;
  }

  fill(data, make) {
    const told = JSON.stringify(data);
    if (told === this.#shown) return;
    this.#shown = told;
    const children = [make(data)].flat().filter(Boolean);
    this.body.replaceChildren(...children);
    this.node.hidden = children.length === 0;
    attribute(this.node, "aria-busy", null);
  }
}
