// The people of a queue: how many it takes, how many are there, and who, for those whose token says names.

import { ask } from "./api.js";
import { el } from "./dom.js";
import { percent, span } from "./format.js";

const STATES = ["available", "busy", "away", "offline", "unknown"];
const MOST = 50;

/** What a row says of a gap: the words for a cell, its look, and the whole sentence. Unknown is "?", never 0. */
export function gap(staffing) {
  if (!staffing || staffing.needed === null) return { text: staffing ? "?" : "–", note: "", look: staffing ? "higher warn" : "none", words: staffing?.words ?? "" };
  if (staffing.missing === null) return { text: "?", note: `${staffing.needed} needed`, look: "higher warn", words: staffing.words };
  const note = `${staffing.there} of ${staffing.needed}`;
  return { text: String(staffing.missing), note, look: staffing.missing > 0 ? "worse bad" : "none", words: staffing.words };
}

export class Crew {
  #named = true;

  constructor(tenant, queue) {
    this.crew = `/api/v1/crews/${encodeURIComponent(tenant)}/${encodeURIComponent(queue)}`;
    this.list = `/api/v1/responders?limit=${MOST}&tenant=${encodeURIComponent(tenant)}&queue=${encodeURIComponent(queue)}`;
  }

  async ask() {
    const [crew, people] = await Promise.all([ask(this.crew), this.#named ? ask(this.list).catch((error) => this.#unnamed(error)) : null]);
    return { crew, people };
  }

  #unnamed(error) {
    if (error.status !== 403) throw error;
    this.#named = false;
    return null;
  }
}

export function crewPart({ crew, people }, now) {
  const { staffing } = crew;
  const nothing = crew.as_of === null && !staffing;
  if (nothing) return null;
  return [
    staffing ? needs(staffing) : null,
    crew.told ? counts(crew.people) : el("p", { class: "wrong" }, crew.heard_at === null ? "Nobody tells who is there." : `Who is there was told last ${span(now - crew.heard_at)} ago: nobody can tell.`),
    crew.told && people ? list(people, now) : null,
    crew.told && !people ? el("p", { class: "soft" }, "This screen's token names nobody: that takes the scope route.") : null,
  ].flat();
}

function needs(staffing) {
  const cell = (name, value, note = "") => el("div", {}, el("dt", {}, name), el("dd", {}, value === null ? "?" : String(value), note ? el("small", {}, note) : null));
  const { look } = gap(staffing);
  return el(
    "dl",
    { class: "facts" },
    cell("Needed", staffing.needed, staffing.needed_after_backlog !== null && staffing.needed_after_backlog < staffing.needed ? `${staffing.needed_after_backlog} without backlog` : ""),
    cell("There", staffing.there, staffing.planned === null ? "" : `${staffing.planned} on the rota`),
    el("div", {}, el("dt", {}, "Short of"), el("dd", {}, el("span", { class: look }, staffing.missing === null ? "?" : String(staffing.missing)))),
    cell("Kept so", staffing.kept_now_ppm === null ? null : percent(staffing.kept_now_ppm), staffing.done_in_ms ? `backlog gone in ${span(staffing.done_in_ms)}` : ""),
  );
}

function counts(people) {
  const said = STATES.filter((state) => people[state] > 0).map((state) => `${people[state]} ${state}`);
  return el("p", { class: "soft" }, said.length ? `${said.join(", ")}; room for ${people.free} more` : "Nobody serves this queue.");
}

/** Who is not there and is not meant to be is a number among the counts: nobody looks for them. */
const sought = (one) => one.state !== "offline" || one.activity === "work";

function list(people, now) {
  const order = (one) => [STATES.indexOf(one.state ?? "unknown"), one.load / Math.max(1, one.capacity)];
  const sorted = people.items.filter(sought).sort((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1] || a.responder_id.localeCompare(b.responder_id));
  return [
    el("ul", { class: "crew" }, sorted.map((one) => item(one, now))),
    people.next ? el("p", { class: "soft" }, `The first ${MOST} are shown.`) : null,
  ];
}

function item(one, now) {
  const state = one.state ?? "unknown";
  const there = state === "available" || state === "busy";
  const rota = one.activity === "work" ? (there ? "" : "on the rota") : one.activity ? `rota: ${one.activity}` : "";
  const what = [rota, ...one.skills].filter(Boolean).join(", ");
  return el(
    "li",
    { "data-state": state },
    el("b", {}, one.responder_id),
    el("span", { class: "what" }, `${state}${one.since === null ? "" : ` for ${span(Math.max(0, now - one.since))}`}`),
    el("span", { class: "what" }, what),
    el("span", {}, `${one.load} of ${one.capacity}`),
  );
}
