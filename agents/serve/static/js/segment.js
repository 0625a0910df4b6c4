// One segment: what is expected, its last hours, its windows, where it hurts, and which promises break next.

import { ask } from "./api.js";
import { Chart } from "./chart.js";
import { Crew, crewPart } from "./crew.js";
import { Part } from "./detail.js";
import { el, put } from "./dom.js";
import { change, glance, percent, span, title, words } from "./format.js";
import { dueList } from "./due.js";
import { rangePlot } from "./range.js";
import { direction } from "./trouble.js";

const SIBLINGS = { queue: "channel", channel: "queue" };

export function segmentView(store, tenant, name) {
  const where = `/api/v1/service-levels/${encodeURIComponent(tenant)}/${encodeURIComponent(name)}`;
  const segment = Object.fromEntries(name === "everything" ? [] : name.split(",").map((part) => part.split("=").map(decodeURIComponent)));
  const dimension = Object.keys(segment)[0];
  const sibling = SIBLINGS[dimension];
  const queue = dimension === "queue" ? `&queue=${encodeURIComponent(segment.queue)}` : "";
  const withDue = !dimension || dimension === "queue";
  const crew = dimension === "queue" && segment.queue && Object.keys(segment).length === 1 ? new Crew(tenant, segment.queue) : null;
  let expected = null;
  const row = () => store.rows.get(`${tenant}|${name}`);

  const wrong = el("p", { class: "wrong", role: "status", hidden: true });
  const hours = new Part("");
  const now = new Part("");
  const chart = new Chart(store);
  const standing = new Part("Service level and goals");
  const windows = new Part("First reply, window by window");
  const parts = new Part(`By ${sibling ?? "part"}`);
  const people = new Part("People");
  const due = new Part("Breaks next");
  const overdue = new Part("Broken, nobody has answered");
  const ages = new Part("Open tickets by age");

  return {
    title: title(segment),
    node: el("div", { class: "view" }, wrong, hours.node, now.node, chart.node, people.node, due.node, overdue.node, standing.node, parts.node, windows.node, ages.node),

    async ask() {
      const paths = [where, `${where}/history`, `${where}/expected-wait`];
      if (withDue) paths.push(`/api/v1/next-to-breach?limit=8&tenant=${encodeURIComponent(tenant)}${queue}`);
      if (withDue) paths.push(`/api/v1/next-to-breach?state=breached&limit=8&tenant=${encodeURIComponent(tenant)}${queue}`);
      const shape = `/api/v1/service-levels?limit=50&tenant=${encodeURIComponent(tenant)}&within=${encodeURIComponent(name)}&shape=`;
      const inside = sibling ? Promise.all([`${shape}queue,channel`, `${shape}channel,queue`].map(ask)) : Promise.resolve([]);
      const asked = crew?.ask();
      const [level, history, wait, running = { items: [] }, broken = { items: [] }] = await Promise.all(paths.map(ask));
      return { level, history, wait, running, broken, inside: (await inside).flatMap((page) => page.items), there: crew ? await asked : null };
    },

    show({ level, history, wait, running, broken, inside, there }) {
      wrong.hidden = true;
      const window = level.level.windows[store.window] ? store.window : Object.keys(level.level.windows)[0];
      hours.fill(level.level.opening, (opening) => (opening ? el("p", { class: opening.open ? "hours" : "hours closed" }, opening.summary) : null));
      expected = wait.wait;
      this.live();
      chart.show(history.points);
      people.fill([there, Math.floor(store.now() / 60000)], ([found]) => (found ? crewPart(found, store.now()) : null));
      due.fill(running.items, (items) => dueList(items, store.now()));
      overdue.fill(broken.items, (items) => dueList(items, store.now()));
      standing.fill([level.level.level, level.level.goals], standingList);
      parts.fill(inside.map((one) => [one.level.segment[sibling], one.level.work, one.level.windows[window]]), (found) => partsTable(found, sibling, window));
      windows.fill(level.level.windows, windowsTable);
      ages.fill(level.level.work.open?.bands, agesList);
    },

    /** What the stream says needs no asking. */
    live() {
      now.fill([row(), expected], ([seen, wait]) => figures(seen, wait, store.now()));
    },

    fail(text) {
      wrong.hidden = false;
      put(wrong, text);
    },

    tick() {
      for (const node of this.node.querySelectorAll("[data-due]")) put(node, countdown(Number(node.dataset.due), store.now()));
      for (const node of this.node.querySelectorAll("[data-since]")) put(node, span(Math.max(0, store.now() - Number(node.dataset.since))));
    },

    end: () => chart.end(),
  };
}

export function countdown(at, now) {
  return at >= now ? `in ${span(at - now)}` : `${span(now - at)} ago`;
}

function figures(row, wait, now) {
  if (!row) return null;
  const cell = (name, value, note, look = "") => el("div", {}, el("dt", {}, name), el("dd", {}, value, note ? el("small", { class: look }, " ", note) : null));
  return [
    el(
      "dl",
      { class: "facts" },
      cell("Waiting", String(row.waiting), row.oldest_at === null ? "" : el("span", {}, "oldest ", el("span", { "data-since": row.oldest_at }, span(Math.max(0, now - row.oldest_at))))),
      cell("First reply now", glance(row.first_reply_ms), row.usual_ms === null ? "" : `${change(row.difference_ms)}`, direction(row)),
      cell("Usual", glance(row.usual_ms), ""),
      cell("Kept", percent(row.within_ppm), row.broken ? `${row.broken} broken` : ""),
    ),
    wait ? el("p", { class: "tell" }, el("b", {}, "Tell customers: "), wait.words) : null,
  ];
}

function standingList([standing, goals]) {
  const items = [standing ? ["Level", `${standing.level ?? "–"} of ${standing.levels}`, standing.words] : null, ...(goals ?? []).map((goal) => [goal.name, goal.state.replaceAll("_", " "), goal.words])];
  const shown = items.filter(Boolean);
  if (!shown.length) return null;
  return el("ul", { class: "standing" }, shown.map(([name, state, said]) => el("li", {}, el("b", {}, `${name}: ${state}`), el("p", {}, said))));
}

function windowsTable(windows) {
  const rows = Object.entries(windows).map(([name, window]) => {
    const first = window.durations.first_reply;
    const promise = window.promises.first_reply;
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, name),
      el("td", {}, String(first?.now.count ?? 0)),
      el("td", {}, glance(first?.now.mean_ms)),
      el("td", {}, glance(first?.now.p90_ms)),
      el("td", {}, change(first?.previous.difference_ms)),
      el("td", {}, change(first?.last_week.difference_ms)),
      el("td", {}, percent(promise?.within_ppm)),
    );
  });
  return table(["Window", "Replies", "Mean", "9 of 10", "Before", "Last week", "Kept"], rows);
}

function partsTable(found, dimension, window) {
  if (!found.length) return null;
  const stats = found.map(([, , levels]) => levels?.durations.first_reply?.now);
  const top = Math.max(60000, ...stats.map((one) => one?.p95_ms ?? 0));
  const rows = found.map(([name, work, levels], place) => {
    const now = stats[place];
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, name || "(none)"),
      el("td", {}, String(work.awaiting_first_reply?.count ?? 0)),
      el("td", { class: "plot" }, now?.count ? rangePlot(now, top) : null),
      el("td", {}, now?.count ? `${glance(now.p50_ms)} / ${glance(now.p90_ms)}` : "–"),
      el("td", {}, percent(levels?.promises.first_reply?.within_ppm)),
    );
  });
  return table([words(dimension), "Waiting", `First replies, ${window}`, "Half / 9 of 10", "Kept"], rows);
}

function table(heads, rows) {
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head[0].toUpperCase() + head.slice(1))))),
    el("tbody", {}, rows),
  );
}

function agesList(bands) {
  const entries = Object.entries(bands ?? {}).filter(([, count]) => count > 0);
  if (!entries.length) return null;
  const top = Math.max(...entries.map(([, count]) => count));
  return el(
    "ul",
    { class: "ages" },
    entries.map(([band, count]) =>
      el("li", {}, el("span", {}, band === "older" ? "older" : `to ${band}`), el("meter", { min: 0, max: top, value: count, "aria-hidden": "true" }), el("b", {}, String(count))),
    ),
  );
}
