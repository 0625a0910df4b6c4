// What the server has said: rows, alerts and the time of its numbers. Views ask for what changed once a frame.

import { useZone } from "./format.js";

export const key = (row) => `${row.tenant}|${row.name}`;

export class Store extends EventTarget {
  rows = new Map();
  alerts = new Map();
  window = "";
  mode = "live";
  beat = null;
  #skew = 0;
  #beatAt = 0;
  #due = false;

  snapshot(data) {
    this.rows = new Map(data.rows.map((row) => [key(row), row]));
    this.alerts = new Map(data.alerts.map((one) => [one.alert.id, { ...one.alert, acts: one.acts }]));
    this.window = data.window;
    this.mode = data.time;
    this.zone = data.zone;
    useZone(data.zone);
    this.dispatchEvent(new Event("anew"));
    this.#changed();
  }

  update(data) {
    for (const row of data.rows) this.rows.set(key(row), row);
    for (const row of data.gone) this.rows.delete(key(row));
    for (const one of data.alerts) this.alerts.set(one.alert.id, { ...one.alert, acts: one.acts });
    for (const id of data.alerts_gone) this.alerts.delete(id);
    this.#changed();
  }

  heartbeat(data) {
    this.beat = data;
    this.#beatAt = Date.now();
    this.#skew = data.now - this.#beatAt;
    this.dispatchEvent(new Event("beat"));
  }

  /** The time that numbers are seen at: the server's clock, or in history the time of the newest number. */
  now() {
    if (!this.beat) return Date.now();
    return this.mode === "live" ? Date.now() + this.#skew : this.beat.now;
  }

  stale(row) {
    return this.mode === "live" && this.now() > row.expires_at;
  }

  firing() {
    return [...this.alerts.values()].filter((alert) => alert.state === "firing").sort((a, b) => b.raised_at - a.raised_at);
  }

  over() {
    return [...this.alerts.values()].filter((alert) => alert.state !== "firing").sort((a, b) => (b.resolved_at ?? 0) - (a.resolved_at ?? 0));
  }

  /** Tell the views, once for all that arrives before the next frame - also where frames are not drawn, as in a background tab. */
  #changed() {
    if (this.#due) return;
    this.#due = true;
    const tell = () => {
      if (!this.#due) return;
      this.#due = false;
      this.dispatchEvent(new Event("change"));
    };
    requestAnimationFrame(tell);
    setTimeout(tell, 250);
  }
}
