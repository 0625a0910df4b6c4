// Whether what is shown can be believed: said in the header, and across the page where it cannot.

import { attribute, byId, put } from "./dom.js";
import { clockSeconds, day, moment, span } from "./format.js";

export class Status {
  #lostAt = null;
  #refused = "";

  constructor(store) {
    this.store = store;
    this.banner = byId("banner");
  }

  up() {
    if (this.#lostAt !== null) put(byId("said"), "Connected again.");
    this.#lostAt = null;
    this.#refused = "";
  }

  down() {
    this.#lostAt ??= Date.now();
    this.tick();
  }

  refused(words) {
    this.#refused = words;
    this.tick();
  }

  tick() {
    const [state, short, long, note] = this.#judge();
    attribute(byId("state"), "data-state", state);
    put(byId("state-text"), short);
    this.banner.hidden = !long;
    put(this.banner, long);
    attribute(this.banner, "data-kind", note ? "note" : null);
    document.body.classList.toggle("old", state === "stale" || state === "lost");
    const now = this.store.now();
    const clock = byId("clock");
    if (this.store.beat) put(clock, this.store.mode === "live" ? clockSeconds(now) : now ? `${day(now)}, ${clockSeconds(now)}` : "");
  }

  #judge() {
    const { store } = this;
    if (this.#refused) return ["lost", "no access", this.#refused];
    if (this.#lostAt !== null) {
      const ago = span(Date.now() - this.#lostAt);
      const shown = store.beat ? ` What you see is from ${moment(store.beat.now, store.now())}.` : "";
      return ["lost", "connection lost", `Connection lost ${ago} ago.${shown} Trying again by itself.`];
    }
    const beat = store.beat;
    if (!beat) return ["connecting", "connecting", ""];
    if (!beat.connected) return ["stale", "no broker", "The board's server cannot reach Kafka: numbers do not change. It keeps trying."];
    if (!beat.caught_up) return ["connecting", "reading", "The server is still reading what is known; numbers may be old for a moment.", true];
    const rows = [...store.rows.values()];
    const stale = rows.filter((row) => store.stale(row));
    if (rows.length && stale.length === rows.length) {
      const last = Math.max(...rows.map((row) => row.as_of));
      return ["stale", "stale", `The pipeline has said nothing for ${span(store.now() - last)}: these numbers are from ${moment(last, store.now())}. Is a worker running?`];
    }
    if (stale.length) return ["live", `live, ${stale.length} of ${rows.length} rows stale`, ""];
    if (!rows.length) return ["live", "connected, no numbers yet", ""];
    return store.mode === "live" ? ["live", "live", ""] : ["history", "history, replayed", ""];
  }
}
